/** Groups: listed, read, made, replaced, patched, renamed, deleted. */
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Slug } from '../../../base/schema.ts'
import type { Group } from '../../../domain/groups/group.ts'
import { compare } from '../../../resources/schema/field-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { asApiFailure, authorOf } from '../author.ts'
import { type Changing, change, guardedChange } from '../change.ts'
import { findGroup, notManaged } from '../find.ts'
import { PatchBody, patched } from '../merge-patch-body.ts'
import { ChangeParameters, ListParameters, listQuery, WhyParameter } from '../parameters.ts'
import { checkPreconditions, valueTag } from '../preconditions.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, pageAnswer, withoutMeta } from '../shapes.ts'
import { outOfGroup } from '../targets.ts'
import { GroupBody, GroupView, groupValues, groupView, taggedGroup } from './group-values.ts'
import { type GroupWritten, writeGroup } from './write-group.ts'

const TAG = 'Groups'

export const groupRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'groups.list',
    summary: 'Lists groups, by slug unless sorted otherwise.',
    method: 'GET',
    path: '/groups',
    permission: 'groups.read',
    query: ListParameters,
    response: ListOf(GroupView),
    handle: async ({ query, caller }) => {
      const { store } = deps
      const page = await store.groups.list(store.read, listQuery(query, caller))
      const groups = await everyGroup(deps)
      return ok(pageAnswer(page, (group) => groupView(group, groups)))
    },
  }),
  route({
    tag: TAG,
    id: 'groups.get',
    summary: 'Tells one group.',
    method: 'GET',
    path: '/groups/:group',
    permission: 'groups.read',
    response: GroupView,
    handle: async ({ params, caller }) => {
      const group = await findGroup(deps.store, deps.store.read, caller, params.group ?? '')
      return group.ok ? ok(await viewAnswer(deps, group.value)) : group
    },
  }),
  route({
    tag: TAG,
    id: 'groups.put',
    summary: 'Makes or replaces a group.',
    method: 'PUT',
    path: '/groups/:group',
    permission: 'groups.write',
    query: ChangeParameters,
    body: GroupBody,
    response: GroupView,
    handle: (call) => putGroup(deps, call),
  }),
  route({
    tag: TAG,
    id: 'groups.patch',
    summary: 'Changes some values of a group.',
    method: 'PATCH',
    path: '/groups/:group',
    permission: 'groups.write',
    query: ChangeParameters,
    body: PatchBody('the values of a group'),
    response: GroupView,
    handle: (call) => patchGroup(deps, call),
  }),
  route({
    tag: TAG,
    id: 'groups.delete',
    summary: 'Deletes a group that no application, flow or other resource names.',
    method: 'DELETE',
    path: '/groups/:group',
    permission: 'groups.write',
    query: ChangeParameters,
    response: null,
    status: 204,
    handle: (call) => deleteGroup(deps, call),
  }),
  route({
    tag: TAG,
    id: 'groups.rename',
    summary: 'Gives a group another slug. What names it, names it by that from then on.',
    method: 'POST',
    path: '/groups/:group/rename',
    permission: 'groups.write',
    query: WhyParameter,
    body: Closed({ slug: Slug() }),
    response: GroupView,
    handle: (call) => renameGroup(deps, call),
  }),
]

const everyGroup = async ({ store }: ApiDeps) =>
  new Map((await store.groups.all(store.read)).map((group) => [group.id, group]))

const viewAnswer = async (deps: ApiDeps, group: Group): Promise<Answer> => {
  const groups = await everyGroup(deps)
  return { body: groupView(group, groups), tag: valueTag(taggedGroup(group, groups)) }
}

type Address = Pick<Call, 'caller' | 'params' | 'preconditions'>

/** The group as the transaction sees it, if it may be edited here and is as the caller saw it. */
const presentGroup = async (
  { store }: ApiDeps,
  changing: Changing,
  call: Address,
): Promise<Result<Group, ApiFailure>> => {
  const group = await findGroup(store, changing.tx, call.caller, call.params.group ?? '')
  if (!group.ok) return group
  const free = notManaged(group.value)
  if (!free.ok) return free
  const tag = valueTag(taggedGroup(group.value, (await changing.authority()).groups))
  const current = checkPreconditions(call.preconditions, tag)
  return current.ok ? group : current
}

const putGroup = async (
  deps: ApiDeps,
  call: Call<ChangeParameters, GroupBody>,
): Promise<Result<Answer, ApiFailure>> => {
  const slug = call.params.group ?? ''
  const { store } = deps
  const found = await findGroup(store, store.read, call.caller, slug)
  const written = found.ok
    ? await guardedChange(deps, call, async (changing) => {
        const before = await presentGroup(deps, changing, call)
        return before.ok ? writeGroup(deps, changing, slug, before.value, call.body) : before
      })
    : await change(deps, call, async (changing) => {
        // Where another made the slug meanwhile, the store says so.
        const allowed = checkPreconditions(call.preconditions, null)
        return allowed.ok ? writeGroup(deps, changing, slug, null, call.body) : allowed
      })
  return written.ok ? ok(await writtenAnswer(deps, call, written.value)) : written
}

const patchGroup = async (deps: ApiDeps, call: Call<ChangeParameters>): Promise<Result<Answer, ApiFailure>> => {
  const patch = withoutMeta(call.body)
  const written = await guardedChange(deps, call, async (changing): Promise<Result<GroupWritten, ApiFailure>> => {
    const before = await presentGroup(deps, changing, call)
    if (!before.ok) return before
    const { groups } = await changing.authority()
    const body = patched(GroupBody, groupValues(before.value, groups), patch)
    return body.ok ? writeGroup(deps, changing, before.value.slug, before.value, body.value) : body
  })
  return written.ok ? ok(await writtenAnswer(deps, call, written.value)) : written
}

const writtenAnswer = async (
  deps: ApiDeps,
  call: Pick<Call<ChangeParameters>, 'query'>,
  { outcome, group, changes }: GroupWritten,
): Promise<Answer> => {
  if (call.query.dry_run) return { body: { outcome, changes: changes.map((one) => ({ ...one })) } }
  const answer = await viewAnswer(deps, group)
  return outcome === 'created' ? { ...answer, status: 201, location: `/groups/${group.slug}` } : answer
}

const deleteGroup = async (deps: ApiDeps, call: Call<ChangeParameters>): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const deleted = await guardedChange(deps, call, async (changing) => {
    const before = await presentGroup(deps, changing, call)
    if (!before.ok) return before
    const { id, slug } = before.value
    const allowed = changing.allows('groups.write', await outOfGroup(changing, id))
    if (!allowed.ok) return allowed
    const users = await store.resources.usedBy(changing.tx, 'groups', slug)
    if (users.length > 0) {
      const issues = users.map((one) => ({ path: '', message: `is used by ${one.type}/${one.slug}` }))
      return refuse('in_use', `The group ${slug} is in use.`, issues)
    }
    const members = (await store.groups.members(changing.tx, id)).length
    await store.groups.remove(changing.tx, id)
    await changing.record('group.deleted', `groups/${slug}`, { members })
    return ok(compare(groupValues(before.value, (await changing.authority()).groups), {}, ''))
  })
  if (!deleted.ok) return deleted
  if (!call.query.dry_run) return ok({})
  return ok({ body: { outcome: 'deleted', changes: deleted.value.map((one) => ({ ...one })) } })
}

const renameGroup = async (
  deps: ApiDeps,
  call: Call<WhyParameter, { readonly slug: string }>,
): Promise<Result<Answer, ApiFailure>> => {
  const { slug } = call.body
  const renamed = await guardedChange(deps, call, async (changing): Promise<Result<Group, ApiFailure>> => {
    const before = await presentGroup(deps, changing, call)
    if (!before.ok) return before
    const group = before.value
    const allowed = changing.allows('groups.write', await outOfGroup(changing, group.id))
    if (!allowed.ok) return allowed
    if (slug === group.slug) return before
    const standing = await deps.store.groups.update(changing.tx, group.id, { slug }, changing.now)
    const followed = await deps.resources.groupRenamed(changing.tx, authorOf(call), group.slug, slug)
    if (!followed.ok) return { ok: false, error: asApiFailure(followed.error) }
    const changes = [{ path: 'slug', before: group.slug, after: slug }]
    await changing.record('group.updated', `groups/${slug}`, { changes, references: followed.value })
    return ok(standing)
  })
  return renamed.ok ? ok(await viewAnswer(deps, renamed.value)) : renamed
}
