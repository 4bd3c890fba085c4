/** The configuration as one transaction sees it: what an edit is judged against. */
import type { Group } from '../../domain/groups/group.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import type { Store, StoredResource, Tx } from '../../store/store.ts'
import type { HeldSecret } from '../secrets/settle-secrets.ts'
import { type CompiledSet, compileSet, keyOf } from '../snapshot/compile-set.ts'
import type { EditingDeps } from './editing-deps.ts'

export type ConfigurationState = {
  readonly stored: ReadonlyMap<string, StoredResource>
  readonly secrets: ReadonlyMap<string, HeldSecret>
  readonly groups: readonly Group[]
  readonly set: CompiledSet
}

/**
 * Reads everything. Configuration is small beside people and activity, and an edit judged against half of it could
 * break the other half.
 */
export const readState = async (deps: EditingDeps, tx: Tx): Promise<ConfigurationState> => {
  const { store } = deps
  const stored = await store.resources.all(tx)
  const secrets = new Map((await store.secrets.all(tx)).map((row) => [row.id, row]))
  const groups = await store.groups.all(tx)
  const set = compileSet({
    types: deps.types,
    stored,
    expression: deps.expression,
    secret: deps.secrets.over(secrets),
    previous: deps.live.set(),
  })
  return { stored: new Map(stored.map((one) => [keyOf(one.type, one.slug), one])), secrets, groups, set }
}

/**
 * Edits wait for one another, so that none is judged against a state that another is about to change. SQLite writes
 * one at a time anyway; on PostgreSQL the row of this instance fact is the lock.
 */
export const lockConfiguration = async (
  store: Pick<Store, 'engine' | 'instance'>,
  tx: Tx,
  now: number,
): Promise<void> => {
  if (store.engine === 'postgres') await store.instance.set(tx, 'configuration_edited_at', now)
}

/** The spec of a resource as the code of today reads it; null where it stands not or can no longer be read. */
export const specOf = (state: ConfigurationState, type: ResourceType, slug: string) => {
  const entry = state.set.outcomes.get(keyOf(type.type, slug))?.entry
  const stored = state.stored.get(keyOf(type.type, slug))
  return entry && stored && entry.stored.revision === stored.revision ? entry.spec : null
}
