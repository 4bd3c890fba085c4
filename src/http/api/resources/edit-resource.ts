/** One edit of a resource through the API: preconditions, the judging of roles, and its answer. */
import type { JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import type { Author } from '../../../resources/edit/author.ts'
import type { Edited, EditResult } from '../../../resources/edit/edit-one.ts'
import type { StoredResource } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { asApiFailure, authorOf } from '../author.ts'
import type { ChangeParameters } from '../parameters.ts'
import { checkPreconditions, revisionTag } from '../preconditions.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { Answer, Call } from '../route.ts'
import { isJudged, judgeRole } from './judge-role.ts'
import { resourceView } from './resource-view.ts'

export type ResourceCall = Call<ChangeParameters>
type Address = { readonly type: string; readonly slug: string }
type Options = { readonly expected?: number; readonly dryRun: boolean }

export type ResourceEdit = {
  /** What the spec will be, as far as the caller says it; null where it is taken away. */
  after(
    before: StoredResource | null,
  ): Result<JsonObject | null, ApiFailure> | Promise<Result<JsonObject | null, ApiFailure>>
  perform(author: Author, edit: Address & Options): EditResult
}

export const editResource = async (
  deps: ApiDeps,
  type: ResourceType,
  call: ResourceCall,
  edit: ResourceEdit,
): Promise<Result<Answer, ApiFailure>> => {
  const address = { type: type.type, slug: call.params.slug ?? '' }
  const before = (await deps.resources.get(address)) ?? null
  if (before && before.organisation !== call.caller.person.user.organisation) return notThere(type, address.slug)
  const { preconditions } = call
  const current = checkPreconditions(preconditions, before ? revisionTag(before.revision) : null)
  if (!current.ok) return current
  if (isJudged(type)) {
    const after = await edit.after(before)
    if (!after.ok) return after
    const allowed = judgeRole(call.caller, before?.spec ?? null, after.value)
    if (!allowed.ok) return allowed
  }
  const conditional = preconditions.match !== null || preconditions.noneMatch !== null
  // What was judged, and what the caller saw, must be what is edited: another's edit in between makes it a conflict.
  const expected = conditional || isJudged(type) ? { expected: before?.revision ?? 0 } : {}
  const dryRun = call.query.dry_run
  const edited = await edit.perform(authorOf(call), { ...address, ...expected, dryRun })
  if (edited.ok) return ok(answerOf(type, address.slug, edited.value, dryRun))
  if (edited.error.code === 'conflict' && conditional && (await movedOn(deps, address, before))) {
    return refuse('precondition_failed', 'It was changed since you read it.')
  }
  return { ok: false, error: asApiFailure(edited.error) }
}

export const notThere = (type: ResourceType, slug: string) =>
  refuse('not_found', `There is no ${type.singular} "${slug}".`)

const movedOn = async (deps: ApiDeps, address: Address, before: StoredResource | null): Promise<boolean> =>
  (await deps.resources.get(address))?.revision !== before?.revision

const answerOf = (type: ResourceType, slug: string, edited: Edited, dryRun: boolean): Answer => {
  const { outcome, changes, resource } = edited
  if (dryRun) return { body: { outcome, changes: changes.map((one) => ({ ...one })) } }
  if (!resource) return {}
  const answer = { body: resourceView(resource), tag: revisionTag(resource.revision) }
  return outcome === 'created' ? { ...answer, status: 201, location: `/${type.type}/${slug}` } : answer
}
