/** Writes edits that were judged: secrets, revisions and their events, all in the caller's transaction. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { EventDraft } from '../../events/event.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import type { FieldChange } from '../schema/field-changes.ts'
import { storedSecrets } from '../secrets/stored-secrets.ts'
import { lookupKey } from '../snapshot/compile-set.ts'
import { type Author, actorJson } from './author.ts'
import type { EditingDeps } from './editing-deps.ts'
import { giversFirst } from './givers-first.ts'
import type { Ready } from './revise.ts'

export const writeRevisions = async (
  deps: EditingDeps,
  tx: Tx,
  ready: readonly Ready[],
  author: Author,
): Promise<ReadonlyMap<Ready, StoredResource | undefined>> => {
  const written = new Map<Ready, StoredResource | undefined>()
  for (const one of inOrder(ready)) {
    if (one.unchanged) continue
    for (const { id, sealed, version } of one.secrets) await deps.store.secrets.put(tx, id, sealed, version)
    const stands = await writeOne(deps, tx, one, author)
    written.set(one, stands)
    if (one.spec === null && one.before) await dropSecrets(deps, tx, one.before)
    await deps.record(tx, eventOf(one, author, stands?.revision ?? (one.before?.revision ?? 0) + 1))
  }
  return written
}

const writeOne = (deps: EditingDeps, tx: Tx, one: Ready, author: Author): Promise<StoredResource | undefined> =>
  deps.store.resources.put(tx, {
    type: one.edit.type.type,
    slug: one.edit.slug,
    schema: one.edit.type.version,
    spec: one.spec,
    expected: one.before?.revision ?? 0,
    organisation: one.before?.organisation ?? deps.organisation,
    managedBy: one.edit.managedBy,
    lookups: one.lookups,
    refs: one.refs.map(({ type, slug }) => ({ type, slug })),
    actor: actorJson(author.actor),
    why: author.why ?? null,
    now: deps.clock.now(),
    id: one.id,
  })

/** What is deleted first; then those that give a unique key up before those that take it. */
const inOrder = (ready: readonly Ready[]): Ready[] => {
  const held = new Map<string, Ready>()
  for (const one of ready) {
    if (one.unchanged || !one.beforeSpec) continue
    for (const { kind, key } of one.edit.type.lookups?.(one.beforeSpec) ?? []) held.set(lookupKey(kind, key), one)
  }
  const deletedFirst = [...ready].sort((a, b) => Number(a.spec !== null) - Number(b.spec !== null))
  return giversFirst(deletedFirst, (one) =>
    one.lookups.flatMap(({ kind, key }) => {
      const giver = held.get(lookupKey(kind, key))
      return giver && giver !== one ? [giver] : []
    }),
  )
}

// Far more than an administrator makes; what is older has lost its secret's row by then or keeps one row too many.
const MOST_REVISIONS = 1000

/** A deleted resource takes its secrets along, those of its older revisions too: nothing lingers that nobody sees. */
const dropSecrets = async (deps: EditingDeps, tx: Tx, gone: StoredResource): Promise<void> => {
  for (const id of await formerSecrets(deps, tx, gone.type, gone.slug)) await deps.store.secrets.remove(tx, id)
}

/** Ids of the secrets that any revision of a resource names. */
export const formerSecrets = async (
  deps: Pick<EditingDeps, 'store' | 'types'>,
  tx: Tx,
  type: string,
  slug: string,
): Promise<Set<string>> => {
  const schema = deps.types.get(type)?.schema
  const ids = new Set<string>()
  if (!schema) return ids
  for (const revision of await deps.store.resources.revisions(tx, type, slug, MOST_REVISIONS)) {
    if (!revision.spec) continue
    for (const { secret } of storedSecrets(schema, revision.spec).values()) ids.add(secret)
  }
  return ids
}

const eventOf = (one: Ready, author: Author, revision: number): EventDraft => ({
  type: one.spec === null ? 'resource.deleted' : one.before ? 'resource.updated' : 'resource.created',
  actor: author.actor,
  target: `${one.edit.type.type}/${one.edit.slug}`,
  detail: {
    revision,
    ...(author.why === undefined ? {} : { why: author.why }),
    ...author.told,
    ...(one.edit.managedBy === null ? {} : { managed_by: one.edit.managedBy }),
    ...changesDetail(one.changes),
  },
  ...(author.client ? { client: author.client } : {}),
})

// An event tells what happened; whoever wants the whole document has the revision.
const MOST_CHANGES = 50
const LONGEST_VALUE = 500

/** Field changes as an event holds them: so many, each of bounded size (I18). */
export const changesDetail = (changes: readonly FieldChange[]): JsonObject => ({
  changes: changes.slice(0, MOST_CHANGES).map(({ path, before, after }) => ({
    path,
    ...(before === undefined ? {} : { before: shorten(before) }),
    ...(after === undefined ? {} : { after: shorten(after) }),
  })),
  ...(changes.length > MOST_CHANGES ? { more: changes.length - MOST_CHANGES } : {}),
})

const shorten = (value: Json): Json => {
  const text = JSON.stringify(value)
  return text.length <= LONGEST_VALUE ? value : `${text.slice(0, LONGEST_VALUE)}…`
}
