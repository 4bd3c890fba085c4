/**
 * Changes of people and groups under the lock-out guard: how administrators stand is looked at before and after, in the
 * one transaction. Whoever calls this rolls back where somebody is locked out.
 */
import type { Snapshot } from '../../kinds/contract/resource.ts'
import type { MadeFrom } from '../../resources/edit/author.ts'
import { lockConfiguration } from '../../resources/edit/configuration-state.ts'
import { isSafe, type LockedOut, type LockOutGuard } from '../../resources/edit/lock-out-guard.ts'
import type { Store, Tx } from '../../store/store.ts'

export type KeepIn = <T>(
  tx: Tx,
  from: MadeFrom | null,
  work: () => Promise<T>,
) => Promise<{ readonly done: T; readonly locked: readonly LockedOut[] }>

type Deps = {
  readonly store: Pick<Store, 'engine' | 'instance'>
  readonly clock: { now(): number }
  readonly guard: LockOutGuard
  readonly snapshotIn: (tx: Tx) => Promise<Snapshot>
}

export const createKeepIn =
  ({ store, clock, guard, snapshotIn }: Deps): KeepIn =>
  async (tx, from, work) => {
    // Two administrators who take each other away at the same moment must be judged one after the other, and after
    // whoever changes the flow that both sign in by.
    await lockConfiguration(store, tx, clock.now())
    const before = await guard.look(tx, await snapshotIn(tx), from)
    const done = await work()
    const after = await guard.look(tx, await snapshotIn(tx), from)
    return { done, locked: isSafe(after) ? [] : await guard.compare(tx, before, after) }
  }
