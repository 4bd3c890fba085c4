/**
 * Drafts: what is being written and does not serve yet, one for each resource, of any type (DESIGN §3, §6). A draft keeps
 * to the schema of its type; whether it would also compile, pass lint and lock nobody out is told at each look, and holds
 * once it is published. Secrets never stand in one.
 */
import { type Id, newId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import type { Issue } from '../base/schema.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import type { StoredDraft, Tx } from '../store/store.ts'
import { type Author, actorJson } from './edit/author.ts'
import { lockConfiguration } from './edit/configuration-state.ts'
import {
  type Address,
  type EditResult,
  editOne,
  judgeSlug,
  type Options,
  specOrIssues,
  typeNamed,
} from './edit/edit-one.ts'
import type { EditingDeps } from './edit/editing-deps.ts'
import { type ResourceFailure, refuse } from './edit/failure.ts'
import { orRefused, unless } from './edit/perform-edits.ts'
import { formerSecrets } from './edit/write-revisions.ts'
import { readSpec } from './read-spec.ts'
import { annotated, isObject, visitValue } from './schema/annotated-schema.ts'
import { fieldChanges } from './schema/field-changes.ts'

/** What a draft was when it was looked at: its id, or null where there was none. */
type Seen = { readonly seen?: string | null }

export type DraftSave = Address &
  Seen & {
    readonly spec: unknown
    /** Left out, what it was begun from, or what stands now where it is new. */
    readonly basedOn?: number
    readonly note?: string | null
  }

export type Drafts = {
  /** Its spec as it is read today. */
  get(address: Address): Promise<StoredDraft | undefined>
  save(author: Author, draft: DraftSave): Promise<Result<StoredDraft, ResourceFailure>>
  discard(draft: Address & Seen): Promise<Result<null, ResourceFailure>>
  /** What publishing it would do or be refused for; nothing is written. */
  judge(author: Author, draft: StoredDraft): EditResult
  /** Makes it the one that serves, as a new revision, where nothing was published since it was begun. */
  publish(author: Author, edit: Address & Options & Seen): EditResult
}

export const createDrafts = (deps: EditingDeps): Drafts => ({
  get: async ({ type: name, slug }) => {
    const type = deps.types.get(name)
    const draft = type && (await deps.store.drafts.get(deps.store.read, name, slug))
    return type && draft ? upToDate(type, draft) : undefined
  },
  save: (author, draft) => save(deps, author, draft),
  discard: (draft) =>
    orRefused(() =>
      deps.store.write(async (tx) => {
        await lockConfiguration(deps.store, tx, deps.clock.now())
        const present = unless(await seen(deps, tx, draft))
        if (!present) return unless(noDraft(draft))
        await deps.store.drafts.remove(tx, present.id)
        return null
      }),
    ),
  judge: (author, draft) => publish(deps, author, { ...draft, dryRun: true, seen: draft.id }),
  publish: (author, edit) => publish(deps, author, edit),
})

/** Where its schema moved on since, it is upgraded as a revision would be; what can no longer be read is shown as it is. */
const upToDate = (type: ResourceType, draft: StoredDraft): StoredDraft => {
  const spec = readSpec(type, draft.spec, draft.schema)
  return spec.ok ? { ...draft, spec: spec.value, schema: type.version } : draft
}

const noDraft = ({ type, slug }: Address) => refuse('not_found', `There is no draft of ${type}/${slug}.`)

/** The draft as the transaction sees it, if it is the one that was looked at. */
const seen = async (
  deps: EditingDeps,
  tx: Tx,
  about: Address & Seen,
): Promise<Result<StoredDraft | null, ResourceFailure>> => {
  const present = (await deps.store.drafts.get(tx, about.type, about.slug)) ?? null
  if (about.seen === undefined || about.seen === (present?.id ?? null)) return ok(present)
  return refuse('conflict', 'The draft was changed by somebody else meanwhile.')
}

const save = async (
  deps: EditingDeps,
  author: Author,
  draft: DraftSave,
): Promise<Result<StoredDraft, ResourceFailure>> => {
  const type = typeNamed(deps, draft.type)
  if (!type.ok) return type
  const spec = specOrIssues(type.value, draft.spec)
  if (!spec.ok) return spec
  const secrets = newSecrets(type.value, spec.value.spec)
  if (secrets.length > 0) return refuse('invalid', 'A draft holds no secrets; set them where it serves.', secrets)
  return orRefused(() =>
    deps.store.write(async (tx) => {
      const now = deps.clock.now()
      await lockConfiguration(deps.store, tx, now)
      const before = unless(await seen(deps, tx, draft))
      const stands = await deps.store.resources.get(tx, draft.type, draft.slug)
      unless(judgeSlug(type.value, draft.slug, stands !== undefined))
      const saved: StoredDraft = {
        id: newId<Id<'draft'>>(now, deps.random),
        type: draft.type,
        slug: draft.slug,
        schema: type.value.version,
        spec: spec.value.spec,
        basedOn: draft.basedOn ?? before?.basedOn ?? stands?.revision ?? 0,
        actor: actorJson(author.actor),
        note: draft.note === undefined ? (before?.note ?? null) : draft.note,
        organisation: stands?.organisation ?? deps.organisation,
        savedAt: now,
      }
      await deps.store.drafts.put(tx, saved)
      return saved
    }),
  )
}

/** Secrets that are given anew: kept in a draft, they would lie there unsealed. */
const newSecrets = (type: ResourceType, spec: JsonObject): Issue[] => {
  const issues: Issue[] = []
  visitValue(annotated(type.schema), spec, ({ schema, value, path }) => {
    if (!schema['x-secret'] || (isObject(value) && typeof value.secret === 'string')) return
    issues.push({ path, message: 'is a secret: give it back as it was told, or leave it out' })
  })
  return issues
}

const publish = async (deps: EditingDeps, author: Author, edit: Address & Options & Seen): EditResult => {
  const found = await deps.store.drafts.get(deps.store.read, edit.type, edit.slug)
  if (!found) return noDraft(edit)
  // Whoever reads the log sees whose words went live.
  const told = { draft: { based_on: found.basedOn, by: found.actor, saved_at: found.savedAt } }
  const why = author.why ?? found.note ?? undefined
  const by: Author = { ...author, told, ...(why === undefined ? {} : { why }) }
  return editOne(
    deps,
    by,
    edit,
    async (type, { stored, spec }, tx) => {
      // What is told of it above must be of the one that is published.
      const draft = await seen(deps, tx, { ...edit, seen: edit.seen ?? found.id })
      if (!draft.ok) return draft
      if (!draft.value) return noDraft(edit)
      const revision = stored?.revision ?? 0
      if (revision !== draft.value.basedOn) return movedOn(deps, tx, type, draft.value, { revision, spec })
      const read = specOrIssues(type, draft.value.spec, draft.value.schema)
      if (!read.ok) return read
      return ok({ ...read.value, formerly: await formerSecrets(deps, tx, edit.type, edit.slug) })
    },
    async (tx) => {
      await deps.store.drafts.remove(tx, found.id)
    },
  )
}

// Enough to see what it is about; `compare` tells all.
const MOST_TOLD = 50

/** Somebody published another since the draft was begun: what they changed is told, so that nothing of it is lost. */
const movedOn = async (
  { store }: EditingDeps,
  tx: Tx,
  type: ResourceType,
  draft: StoredDraft,
  now: { readonly revision: number; readonly spec: JsonObject | null },
) => {
  const older = draft.basedOn === 0 ? null : await store.resources.revision(tx, draft.type, draft.slug, draft.basedOn)
  const was = older?.spec ? readSpec(type, older.spec, older.schema) : null
  const changes = fieldChanges(type.schema, was?.ok ? was.value : null, now.spec)
  return refuse(
    'conflict',
    now.revision === 0
      ? 'It was deleted since the draft was begun.'
      : `Revision ${now.revision} was published since the draft was begun from ${draft.basedOn}. Compare them, and save the draft again based on ${now.revision}.`,
    changes.slice(0, MOST_TOLD).map(({ path }) => ({ path, message: 'was changed meanwhile' })),
  )
}
