/**
 * One transaction that judges and writes edits. The judging runs inside, against what the transaction sees, so that
 * nothing can slip between; a refusal rolls back and comes out as a value.
 */
import { type Id, newId } from '../../base/ids.ts'
import { ok, type Result } from '../../base/result.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import type { CompiledSet } from '../snapshot/compile-set.ts'
import { snapshotOf } from '../snapshot/snapshot.ts'
import type { Author } from './author.ts'
import { type ConfigurationState, lockConfiguration, readState } from './configuration-state.ts'
import type { EditingDeps } from './editing-deps.ts'
import { type ResourceFailure, refuse } from './failure.ts'
import { isSafe, LOCKED_OUT, lockOutIssues, type Standing } from './lock-out-guard.ts'
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

/** Refuses what the guard finds, with everything written. `before` is asked for where it matters. */
export const askGuard = async (
  { guard }: EditingDeps,
  tx: Tx,
  { ready, set }: Revised,
  { author, pathOf, before }: { author: Author; pathOf: PathOf; before(): Promise<Standing> },
): Promise<void> => {
  if (!guard) return
  const after = await guard.look(tx, snapshotOf(set, 0), author.from ?? null)
  if (isSafe(after)) return
  const locked = await guard.compare(tx, await before(), after)
  if (locked.length === 0) return
  const isEdited = (at: { readonly type: string; readonly slug: string }): boolean =>
    ready.some(({ edit }) => edit.type.type === at.type && edit.slug === at.slug)
  unless(refuse('locked_out', LOCKED_OUT, lockOutIssues(locked, pathOf, isEdited)))
}

/** How administrators stand now, for `askGuard`. */
export const standingOver = async (
  { guard }: EditingDeps,
  tx: Tx,
  set: CompiledSet,
  author: Author,
): Promise<Standing> => {
  if (!guard) throw new Error('nobody asks without a guard')
  return guard.look(tx, snapshotOf(set, 0), author.from ?? null)
}

export type Performed = { readonly one: Ready; readonly written: StoredResource | undefined }

/** What the edits are, found out from what the transaction sees. */
export type FindEdits = (tx: Tx, state: ConfigurationState) => Promise<Result<readonly Edit[], ResourceFailure>>

export type PerformOptions = {
  readonly dryRun: boolean
  readonly pathOf: PathOf
  /** What else the transaction does, once the edits are written. */
  then?(tx: Tx): Promise<void>
}

export const performEdits = (
  deps: EditingDeps,
  author: Author,
  find: FindEdits,
  options: PerformOptions,
): Promise<Result<readonly Performed[], ResourceFailure>> => {
  const { pathOf } = options
  const judge = async (tx: Tx): Promise<{ state: ConfigurationState; revised: Revised }> => {
    const state = await readState(deps, tx)
    const revised = revise(deps, {
      state,
      edits: unless(await find(tx, state)),
      sources: author.file ?? null,
      surroundings: surroundingsOf(state),
      pathOf,
      newId: () => newId<Id<'resource'>>(deps.clock.now(), deps.random),
    })
    return { state, revised: unless(revised) }
  }
  // Edits of configuration leave people as they are, so how it was can still be told afterwards, or without any writing.
  const guard = (tx: Tx, { state, revised }: { state: ConfigurationState; revised: Revised }): Promise<void> =>
    askGuard(deps, tx, revised, { author, pathOf, before: () => standingOver(deps, tx, state.set, author) })
  if (options.dryRun) {
    return orRefused(async () => {
      const judged = await judge(deps.store.read)
      if (judged.revised.ready.some(({ unchanged }) => !unchanged)) await guard(deps.store.read, judged)
      return judged.revised.ready.map((one) => ({ one, written: undefined }))
    })
  }
  return orRefused(() =>
    deps.store.write(async (tx) => {
      await lockConfiguration(deps.store, tx, deps.clock.now())
      const judged = await judge(tx)
      const { ready } = judged.revised
      const written = await writeRevisions(deps, tx, ready, author)
      if (written.size > 0) await guard(tx, judged)
      await options.then?.(tx)
      return ready.map((one) => ({ one, written: written.get(one) }))
    }),
  )
}
