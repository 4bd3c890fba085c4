/**
 * One transaction that judges and writes edits. The judging runs inside, against what the transaction sees, so that
 * nothing can slip between; a refusal rolls back and comes out as a value.
 */
import { type Id, newId } from '../../base/ids.ts'
import { ok, type Result } from '../../base/result.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import { snapshotOf } from '../snapshot/snapshot.ts'
import type { Author } from './author.ts'
import { type ConfigurationState, lockConfiguration, readState } from './configuration-state.ts'
import type { EditingDeps } from './editing-deps.ts'
import { type ResourceFailure, refuse } from './failure.ts'
import { type Edit, type PathOf, type Ready, type Revised, revise, surroundingsOf } from './revise.ts'
import { writeRevisions } from './write-revisions.ts'

/** Carries a refusal out of a transaction, which only a throw rolls back. */
class Refused extends Error {
  readonly failure: ResourceFailure
  constructor(failure: ResourceFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Runs `work` as one transaction; a refusal that it throws by `unless` rolls back and comes out as a value. */
export const orRefused = async <T>(run: () => Promise<T>): Promise<Result<T, ResourceFailure>> => {
  try {
    return ok(await run())
  } catch (error) {
    if (error instanceof Refused) return { ok: false, error: error.failure }
    const conflict = conflictOn(error)
    if (conflict !== null) return conflictFailure(conflict)
    throw error
  }
}

/** The value, or a throw that rolls the transaction back and that `orRefused` catches. */
export const unless = <T>(result: Result<T, ResourceFailure>): T => {
  if (result.ok) return result.value
  throw new Refused(result.error)
}

/** What a `Conflict` of the store is on. Told by its shape: this room knows the store by type only. */
const conflictOn = (error: unknown): string | null => {
  if (!(error instanceof Error) || !('on' in error) || typeof error.on !== 'string') return null
  return error.message === `conflict on ${error.on}` ? error.on : null
}

const conflictFailure = (on: string) => {
  const [what, kind, ...key] = on.split(':')
  if (what === 'lookup') {
    const message = `The ${kind} "${key.join(':')}" is taken, or two exchange theirs in one step.`
    return refuse('conflict', message, [{ path: '', message }])
  }
  if (on === 'resources.revision') return refuse('conflict', 'It was changed by somebody else meanwhile.')
  return refuse('conflict', `Another has the same ${on}.`)
}

/** Asks the lock-out guard, with everything written. */
export const askGuard = async (deps: EditingDeps, tx: Tx, revised: Revised): Promise<void> => {
  const issues = (await deps.guard?.(tx, snapshotOf(revised.set, 0))) ?? []
  if (issues.length > 0) {
    const message = 'Nobody would be left who can sign in and administer; nothing was changed.'
    unless(refuse('locked_out', message, issues))
  }
}

export type Performed = { readonly one: Ready; readonly written: StoredResource | undefined }

/** What the edits are, found out from what the transaction sees. */
export type FindEdits = (tx: Tx, state: ConfigurationState) => Promise<Result<readonly Edit[], ResourceFailure>>

export const performEdits = (
  deps: EditingDeps,
  author: Author,
  find: FindEdits,
  options: { readonly dryRun: boolean; readonly pathOf: PathOf },
): Promise<Result<readonly Performed[], ResourceFailure>> => {
  const judge = async (tx: Tx): Promise<Revised> => {
    const state = await readState(deps, tx)
    return unless(
      revise(deps, {
        state,
        edits: unless(await find(tx, state)),
        sources: author.file ?? null,
        surroundings: surroundingsOf(state),
        pathOf: options.pathOf,
        newId: () => newId<Id<'resource'>>(deps.clock.now(), deps.random),
      }),
    )
  }
  if (options.dryRun) {
    return orRefused(async () => {
      const { ready } = await judge(deps.store.read)
      return ready.map((one) => ({ one, written: undefined }))
    })
  }
  return orRefused(() =>
    deps.store.write(async (tx) => {
      await lockConfiguration(deps.store, tx, deps.clock.now())
      const revised = await judge(tx)
      const written = await writeRevisions(deps, tx, revised.ready, author)
      if (written.size > 0) await askGuard(deps, tx, revised)
      return revised.ready.map((one) => ({ one, written: written.get(one) }))
    }),
  )
}
