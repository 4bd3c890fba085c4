/**
 * The snapshot as it stands now, on every replica: follows the change feed, compiles what changed, and publishes the
 * result whole. Asked once per request, so asking costs next to nothing while nothing changed.
 */
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import type { Store } from '../../store/store.ts'
import { type CompiledSet, compileSet, type Problem } from './compile-set.ts'
import type { OpenSecrets } from './open-secrets.ts'
import { snapshotOf } from './snapshot.ts'

export type LiveSnapshot = {
  /** The configuration as the store has it now; a value where memory is known to be current. */
  current(): Snapshot | Promise<Snapshot>
  /** The last one taken in, whatever the store says by now. For what must not wait and may be a moment old. */
  last(): Snapshot
  /** The compiled set behind `last`, to share when an edit is tried. */
  set(): CompiledSet
  /** Resources that do not compile on this process. */
  problems(): readonly Problem[]
  close(): void
}

export type LiveSnapshotDeps = {
  readonly store: Pick<Store, 'read' | 'resources' | 'secrets' | 'changes'>
  readonly types: readonly ResourceType[]
  readonly expression: CompileExpression
  readonly secrets: OpenSecrets
  /** What has to be there before anything is compiled: keys that came with a configuration. */
  ready?(): Promise<void>
  /** Told of each resource that does not compile, once per revision. */
  report(problem: Problem): void
}

export const openLiveSnapshot = async (deps: LiveSnapshotDeps): Promise<LiveSnapshot> => {
  const { store } = deps
  const types = new Map(deps.types.map((type) => [type.type, type]))
  const reported = new Set<string>()
  let set: CompiledSet | null = null
  let revision = 0
  let stale = true
  let underWay: Promise<Snapshot> | null = null

  const load = async (): Promise<CompiledSet> => {
    const rows = await readConfiguration(store)
    // After the read: what seals these rows is there by then.
    await deps.ready?.()
    return compileSet({
      types,
      stored: rows.stored,
      expression: deps.expression,
      secret: deps.secrets.over(rows.secrets),
      previous: set,
    })
  }

  const take = (made: CompiledSet): Snapshot => {
    set = made
    revision += 1
    snapshot = snapshotOf(made, revision)
    for (const problem of made.problems) {
      const key = `${problem.type}/${problem.slug}/${problem.revision}`
      if (!reported.has(key)) deps.report(problem)
      reported.add(key)
    }
    return snapshot
  }

  const refresh = async (): Promise<Snapshot> => {
    // The flag falls before the read, so a change that comes during it is read again.
    while (stale) {
      stale = false
      try {
        take(await load())
      } catch (error) {
        stale = true
        throw error
      }
    }
    return snapshot
  }

  const refreshed = (): Promise<Snapshot> => {
    underWay ??= refresh().finally(() => {
      underWay = null
    })
    return underWay
  }

  const stop = store.changes.follow((change) => {
    if (change.what === '*' || change.what === 'secrets' || change.what === 'keys' || types.has(change.what))
      stale = true
  })
  const currentNow = (): Snapshot | Promise<Snapshot> => (stale || underWay ? refreshed() : snapshot)

  let snapshot: Snapshot = snapshotOf(compileNothing(deps.expression), 0)
  const fresh = store.changes.fresh()
  if (fresh !== true) await fresh
  await refreshed()

  return {
    current: () => {
      const confirmed = store.changes.fresh()
      return confirmed === true ? currentNow() : confirmed.then(currentNow)
    },
    last: () => snapshot,
    set: () => set ?? compileNothing(deps.expression),
    problems: () => set?.problems ?? [],
    close: stop,
  }
}

const compileNothing = (expression: CompileExpression): CompiledSet =>
  compileSet({ types: new Map(), stored: [], expression, secret: () => undefined, previous: null })

/** All rows that a snapshot is made of. */
const readConfiguration = async (store: LiveSnapshotDeps['store']) => {
  // Specs first: a secret is written with the spec that names it, so none that is named can be missing afterwards.
  const stored = await store.resources.all(store.read)
  const secrets = new Map((await store.secrets.all(store.read)).map((row) => [row.id, row]))
  return { stored, secrets }
}
