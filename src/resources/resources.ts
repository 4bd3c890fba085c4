/**
 * Configuration, edited one resource at a time: create, replace, patch, delete, undo, each with its revision and event
 * in one transaction, and each as a dry run (DESIGN §3, §8). The same few lines serve every type.
 */
import { type Id, newId as makeId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import { isSlug, parse, Type } from '../base/schema.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { Revision, StoredResource, Tx } from '../store/store.ts'
import type { Author } from './edit/author.ts'
import { type ConfigurationState, readState, specOf } from './edit/configuration-state.ts'
import type { EditingDeps } from './edit/editing-deps.ts'
import { type ResourceFailure, refuse } from './edit/failure.ts'
import { performEdits } from './edit/perform-edits.ts'
import { renameGroupRefs } from './edit/rename-group-refs.ts'
import { type Edit, pathOfMany, revise, surroundingsOf } from './edit/revise.ts'
import { formerSecrets, writeRevisions } from './edit/write-revisions.ts'
import { readSpec } from './read-spec.ts'
import { type FieldChange, fieldChanges } from './schema/field-changes.ts'
import { mergePatch } from './schema/merge-patch.ts'
import { keyOf } from './snapshot/compile-set.ts'

/** What an edit did, or would do. */
export type Edited = {
  readonly outcome: 'created' | 'updated' | 'deleted' | 'unchanged'
  /** As it stands now; null where it is gone, or where the edit only was tried. */
  readonly resource: StoredResource | null
  readonly changes: readonly FieldChange[]
}

type Address = { readonly type: string; readonly slug: string }
type Options = {
  /** The revision that the edit was made from (If-Match); 0 where nothing may stand yet. */
  readonly expected?: number
  readonly dryRun?: boolean
}
export type EditResult = Promise<Result<Edited, ResourceFailure>>

export type Resources = {
  /** Creates or replaces. */
  put(author: Author, edit: Address & Options & { readonly spec: unknown }): EditResult
  /** JSON merge patch (RFC 7396) over the spec as it stands. */
  patch(author: Author, edit: Address & Options & { readonly patch: unknown }): EditResult
  delete(author: Author, edit: Address & Options): EditResult
  /** Back to an older revision, with the secrets of today. */
  undo(author: Author, edit: Address & Options & { readonly revision: number }): EditResult
  /** As it stands, its spec as it is read today. No secret is in it. */
  get(address: Address): Promise<StoredResource | undefined>
  /** Newest first. */
  history(address: Address, limit: number): Promise<Revision[]>
  /** What differs between two revisions; 0 is before there was anything. */
  diff(address: Address, from: number, to: number): Promise<Result<FieldChange[], ResourceFailure>>
  /**
   * In the transaction that renames a group, after it: whatever names it, names it by its new slug from here on. Tells
   * how many did. On a refusal the caller rolls back.
   */
  groupRenamed(tx: Tx, author: Author, from: string, to: string): Promise<Result<number, ResourceFailure>>
}

export const createResources = (deps: EditingDeps): Resources => {
  const typeOf = (name: string): Result<ResourceType, ResourceFailure> => {
    const type = deps.types.get(name)
    return type ? ok(type) : refuse('not_found', `There is no type of resource called "${name}".`)
  }

  const perform = async (
    author: Author,
    edit: Address & Options,
    specFor: (type: ResourceType, present: Present, tx: Tx) => Promise<Result<NextSpec, ResourceFailure>>,
  ): EditResult => {
    const type = typeOf(edit.type)
    if (!type.ok) return type
    const performed = await performEdits(
      deps,
      author,
      async (tx, state) => {
        const present = presentOf(state, type.value, edit.slug)
        const allowed = judgeAddress(type.value, edit, present, author)
        if (!allowed.ok) return allowed
        const next = await specFor(type.value, present, tx)
        if (!next.ok) return next
        if (next.value.spec === null && type.value.single !== undefined) {
          return refuse('reserved', `${keyOf(edit.type, edit.slug)} always stands; it cannot be deleted.`)
        }
        return ok([{ type: type.value, slug: edit.slug, managedBy: present.stored?.managedBy ?? null, ...next.value }])
      },
      { dryRun: edit.dryRun === true, pathOf: (_, path) => path },
    )
    if (!performed.ok) return performed
    const [done] = performed.value
    return done ? ok(editedOf(done.one.before, done.one, done.written)) : refuse('not_found', 'Nothing stands there.')
  }

  return {
    put: (author, edit) => perform(author, edit, async (type) => specOrIssues(type, edit.spec)),
    patch: (author, edit) =>
      perform(author, edit, async (type, { stored, spec }) => {
        if (!stored) return notThere(edit)
        const patch = parse(Type.Record(Type.String(), Type.Any()), edit.patch)
        if (!patch.ok) return refuse('invalid', 'The patch is not valid.', patch.error)
        return specOrIssues(type, mergePatch(spec ?? stored.spec, patch.value as JsonObject))
      }),
    delete: (author, edit) =>
      perform(author, edit, async (_, { stored }) => (stored ? ok({ spec: null }) : notThere(edit))),
    undo: (author, edit) =>
      perform({ why: `undo to revision ${edit.revision}`, ...author }, edit, async (type, _, tx) => {
        const older = await deps.store.resources.revision(tx, edit.type, edit.slug, edit.revision)
        if (!older) return refuse('not_found', `There is no revision ${edit.revision} of it.`)
        if (older.spec === null) return ok({ spec: null })
        const spec = specOrIssues(type, older.spec, older.schema)
        if (!spec.ok) return spec
        return ok({ ...spec.value, formerly: await formerSecrets(deps, tx, edit.type, edit.slug) })
      }),
    get: async ({ type: name, slug }) => {
      const type = deps.types.get(name)
      const stored = type && (await deps.store.resources.get(deps.store.read, name, slug))
      if (!type || !stored) return undefined
      const spec = readSpec(type, stored.spec, stored.schema)
      return spec.ok ? { ...stored, spec: spec.value, schema: type.version } : stored
    },
    history: ({ type, slug }, limit) => deps.store.resources.revisions(deps.store.read, type, slug, limit),
    diff: async ({ type: name, slug }, from, to) => {
      const type = typeOf(name)
      if (!type.ok) return type
      const specs: (JsonObject | null)[] = []
      for (const revision of [from, to]) {
        const found = revision === 0 ? null : await deps.store.resources.revision(deps.store.read, name, slug, revision)
        if (found === undefined) return refuse('not_found', `There is no revision ${revision} of it.`)
        specs.push(found?.spec ? upgraded(type.value, found) : null)
      }
      return ok(fieldChanges(type.value.schema, specs[0] ?? null, specs[1] ?? null))
    },
    groupRenamed: async (tx, author, from, to) => {
      const state = await readState(deps, tx)
      const edits = renameGroupRefs(deps.types, state, new Map([[from, to]]))
      const file = edits.find((edit) => edit.managedBy !== null)?.managedBy
      if (file && !author.file) return refuse('managed_by_file', `${file} names the group "${from}"; rename it there.`)
      const surroundings = surroundingsOf(state)
      const newId = () => idOf(deps)
      const revised = revise(deps, { state, edits, sources: null, surroundings, pathOf: pathOfMany, newId })
      if (!revised.ok) return revised
      await writeRevisions(deps, tx, revised.value.ready, { ...author, why: `group ${from} renamed to ${to}` })
      return ok(edits.length)
    },
  }
}

const idOf = (deps: EditingDeps): string => makeId<Id<'resource'>>(deps.clock.now(), deps.random)

type Present = { readonly stored: StoredResource | null; readonly spec: JsonObject | null }
type NextSpec = Pick<Edit, 'spec' | 'formerly'>

const presentOf = (state: ConfigurationState, type: ResourceType, slug: string): Present => ({
  stored: state.stored.get(keyOf(type.type, slug)) ?? null,
  spec: specOf(state, type, slug),
})

const notThere = (address: Address) => refuse('not_found', `There is no ${address.type}/${address.slug}.`)

const specOrIssues = (type: ResourceType, spec: unknown, from = type.version): Result<NextSpec, ResourceFailure> => {
  const read = readSpec(type, spec, from)
  return read.ok ? ok({ spec: read.value }) : refuse('invalid', `The ${type.singular} is not valid.`, read.error)
}

/** Whether an edit may be made at this address at all, by this author, from this revision. */
const judgeAddress = (
  type: ResourceType,
  edit: Address & Options & { readonly spec?: unknown },
  present: Present,
  author: Author,
): Result<true, ResourceFailure> => {
  if (!isSlug(edit.slug)) return refuse('invalid', 'A slug is lower-case letters, digits and hyphens.')
  const reserved = reservedReason(type, edit.slug)
  if (reserved && !present.stored) return refuse('reserved', reserved)
  if (present.stored?.managedBy && !author.file) {
    return refuse('managed_by_file', `It is managed by ${present.stored.managedBy}; change it there.`)
  }
  const revision = present.stored?.revision ?? 0
  if (edit.expected !== undefined && edit.expected !== revision) {
    return refuse('conflict', 'It was changed by somebody else meanwhile.', [
      { path: '', message: `stands at revision ${revision}, not ${edit.expected}` },
    ])
  }
  return ok(true)
}

/** Why no resource of this type may have this slug, or null. */
export const reservedReason = (type: ResourceType, slug: string): string | null => {
  if (type.single !== undefined && slug !== type.single) {
    return `There is one ${type.singular} resource only, and it is called "${type.single}".`
  }
  return type.reserved?.includes(slug) ? `"${slug}" is part of an address of ours; choose another slug.` : null
}

const editedOf = (
  before: StoredResource | null,
  one: { readonly spec: JsonObject | null; readonly unchanged: boolean; readonly changes: readonly FieldChange[] },
  written: StoredResource | undefined,
): Edited => {
  if (one.unchanged) return { outcome: 'unchanged', resource: before, changes: [] }
  const outcome = one.spec === null ? 'deleted' : before ? 'updated' : 'created'
  return { outcome, resource: written ?? null, changes: one.changes }
}

const upgraded = (type: ResourceType, revision: Revision): JsonObject | null => {
  const read = readSpec(type, revision.spec, revision.schema)
  return read.ok ? read.value : revision.spec
}
