/** One resource edited: may it be, what comes of it, and its difference. Every verb over a resource is this with a spec. */
import type { JsonObject } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import { isSlug } from '../../base/schema.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import { readSpec } from '../read-spec.ts'
import type { FieldChange } from '../schema/field-changes.ts'
import { keyOf } from '../snapshot/compile-set.ts'
import type { Author } from './author.ts'
import { type ConfigurationState, specOf } from './configuration-state.ts'
import type { EditingDeps } from './editing-deps.ts'
import { type ResourceFailure, refuse } from './failure.ts'
import { performEdits } from './perform-edits.ts'
import type { Edit } from './revise.ts'

/** What an edit did, or would do. */
export type Edited = {
  readonly outcome: 'created' | 'updated' | 'deleted' | 'unchanged'
  /** As it stands now; null where it is gone, or where the edit only was tried. */
  readonly resource: StoredResource | null
  readonly changes: readonly FieldChange[]
}

export type Address = { readonly type: string; readonly slug: string }
export type Options = {
  /** The revision that the edit was made from (If-Match); 0 where nothing may stand yet. */
  readonly expected?: number
  readonly dryRun?: boolean
}
export type EditResult = Promise<Result<Edited, ResourceFailure>>

export type Present = { readonly stored: StoredResource | null; readonly spec: JsonObject | null }
export type NextSpec = Pick<Edit, 'spec' | 'formerly'>
export type SpecFor = (type: ResourceType, present: Present, tx: Tx) => Promise<Result<NextSpec, ResourceFailure>>

/** `then` is what else the transaction does, once the edit is written. */
export const editOne = async (
  deps: EditingDeps,
  author: Author,
  edit: Address & Options,
  specFor: SpecFor,
  then?: (tx: Tx) => Promise<void>,
): EditResult => {
  const type = typeNamed(deps, edit.type)
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
    { dryRun: edit.dryRun === true, pathOf: (_, path) => path, ...(then ? { then } : {}) },
  )
  if (!performed.ok) return performed
  const [done] = performed.value
  return done ? ok(editedOf(done.one.before, done.one, done.written)) : refuse('not_found', 'Nothing stands there.')
}

export const typeNamed = (deps: Pick<EditingDeps, 'types'>, name: string): Result<ResourceType, ResourceFailure> => {
  const type = deps.types.get(name)
  return type ? ok(type) : refuse('not_found', `There is no type of resource called "${name}".`)
}

const presentOf = (state: ConfigurationState, type: ResourceType, slug: string): Present => ({
  stored: state.stored.get(keyOf(type.type, slug)) ?? null,
  spec: specOf(state, type, slug),
})

export const notThere = (address: Address) => refuse('not_found', `There is no ${address.type}/${address.slug}.`)

export const specOrIssues = (
  type: ResourceType,
  spec: unknown,
  from = type.version,
): Result<{ readonly spec: JsonObject }, ResourceFailure> => {
  const read = readSpec(type, spec, from)
  return read.ok ? ok({ spec: read.value }) : refuse('invalid', `The ${type.singular} is not valid.`, read.error)
}

/** Whether an edit may be made at this address at all, by this author, from this revision. */
const judgeAddress = (
  type: ResourceType,
  edit: Address & Options,
  present: Present,
  author: Author,
): Result<true, ResourceFailure> => {
  const named = judgeSlug(type, edit.slug, present.stored !== null)
  if (!named.ok) return named
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

/** Whether a resource of this type may have this slug; one that stands may keep its own. */
export const judgeSlug = (type: ResourceType, slug: string, stands: boolean): Result<true, ResourceFailure> => {
  if (!isSlug(slug)) return refuse('invalid', 'A slug is lower-case letters, digits and hyphens.')
  const reserved = reservedReason(type, slug)
  return reserved && !stands ? refuse('reserved', reserved) : ok(true)
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
