/**
 * Configuration, edited one resource at a time: create, replace, patch, delete, undo, each with its revision and event
 * in one transaction, and each as a dry run (DESIGN §3, §8). The same few lines serve every type.
 */
import { type Id, newId as makeId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import { parse, Type } from '../base/schema.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { Revision, StoredResource, Tx } from '../store/store.ts'
import type { Author } from './edit/author.ts'
import { readState } from './edit/configuration-state.ts'
import {
  type Address,
  type EditResult,
  editOne,
  notThere,
  type Options,
  type SpecFor,
  specOrIssues,
  typeNamed,
} from './edit/edit-one.ts'
import type { EditingDeps } from './edit/editing-deps.ts'
import { type ResourceFailure, refuse } from './edit/failure.ts'
import { renameGroupRefs } from './edit/rename-group-refs.ts'
import { pathOfMany, revise, surroundingsOf } from './edit/revise.ts'
import { formerSecrets, writeRevisions } from './edit/write-revisions.ts'
import { readSpec } from './read-spec.ts'
import { type FieldChange, fieldChanges } from './schema/field-changes.ts'
import { mergePatch } from './schema/merge-patch.ts'

/** A revision, 0 for before there was anything; what serves now; or what is being written. */
export type Version = number | 'published' | 'draft'

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
  /** What differs between two versions. Secrets show as changed, never as what they are. */
  diff(address: Address, from: Version, to: Version): Promise<Result<FieldChange[], ResourceFailure>>
  /**
   * In the transaction that renames a group, after it: whatever names it, names it by its new slug from here on. Tells
   * how many did. On a refusal the caller rolls back.
   */
  groupRenamed(tx: Tx, author: Author, from: string, to: string): Promise<Result<number, ResourceFailure>>
}

export const createResources = (deps: EditingDeps): Resources => {
  const perform = (author: Author, edit: Address & Options, specFor: SpecFor): EditResult =>
    editOne(deps, author, edit, specFor)
  const specAt = async (type: ResourceType, slug: string, version: Version) => {
    if (version === 0) return ok(null)
    const { store } = deps
    if (version === 'draft') {
      const draft = await store.drafts.get(store.read, type.type, slug)
      return draft ? ok(upgraded(type, draft)) : refuse('not_found', 'There is no draft of it.')
    }
    if (version === 'published') {
      const stored = await store.resources.get(store.read, type.type, slug)
      return ok(stored ? upgraded(type, stored) : null)
    }
    const found = await store.resources.revision(store.read, type.type, slug, version)
    if (!found) return refuse('not_found', `There is no revision ${version} of it.`)
    return ok(found.spec ? upgraded(type, { spec: found.spec, schema: found.schema }) : null)
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
      perform(rollingBack(author, edit.revision), edit, async (type, _, tx) => {
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
      const type = typeNamed(deps, name)
      if (!type.ok) return type
      const before = await specAt(type.value, slug, from)
      if (!before.ok) return before
      const after = await specAt(type.value, slug, to)
      return after.ok ? ok(fieldChanges(type.value.schema, before.value, after.value)) : after
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

const rollingBack = (author: Author, revision: number): Author => ({
  why: `undo to revision ${revision}`,
  ...author,
  told: { rolled_back_to: revision },
})

const upgraded = (type: ResourceType, kept: { readonly spec: JsonObject; readonly schema: number }): JsonObject => {
  const read = readSpec(type, kept.spec, kept.schema)
  return read.ok ? read.value : kept.spec
}
