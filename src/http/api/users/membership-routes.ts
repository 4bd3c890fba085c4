/** Memberships, from the person's side and from the group's: who is in which group, and until when. */
import type { GroupId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { Group, Membership } from '../../../domain/groups/group.ts'
import type { User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, guardedChange } from '../change.ts'
import { findGroup, findUser, notManaged } from '../find.ts'
import { ListParameters, listQuery, WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, MaybeInstant, maybeInstant, pageAnswer, readInstant, wholeAnswer } from '../shapes.ts'
import { intoGroup, outOfGroup } from '../targets.ts'

const until = MaybeInstant('When it ends by itself, or null.')
const MembershipView = Closed({ group: Type.String(), user: Type.String(), until }, { title: 'Membership' })

const MembershipBody = Closed({
  until: Type.Union([Type.String({ format: 'date-time', maxLength: 40 }), Type.Null()], {
    default: null,
    description: 'When it ends by itself; null for never.',
  }),
})
type MembershipBody = Static<typeof MembershipBody>

type Side = { readonly tag: string; readonly id: string; readonly path: string }
const SIDES: readonly Side[] = [
  { tag: 'Users', id: 'users.memberships', path: '/users/:user/memberships/:group' },
  { tag: 'Groups', id: 'groups.members', path: '/groups/:group/members/:user' },
]

export const membershipRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Users',
    id: 'users.memberships.list',
    summary: 'Lists the groups that a person was put into; not those above.',
    method: 'GET',
    path: '/users/:user/memberships',
    permission: 'users.read',
    response: ListOf(MembershipView),
    handle: async ({ params, caller }) => {
      const { store } = deps
      const user = await findUser(store, store.read, caller, params.user ?? '')
      if (!user.ok) return user
      const groups = new Map((await store.groups.all(store.read)).map((group) => [group.id, group]))
      const memberships = await store.groups.memberships(store.read, user.value.id)
      return ok(wholeAnswer(memberships.flatMap((one) => viewOf(one, groups, user.value))))
    },
  }),
  route({
    tag: 'Groups',
    id: 'groups.members.list',
    summary: 'Lists the people who were put into a group, by user name; not those of the groups below.',
    method: 'GET',
    path: '/groups/:group/members',
    permission: 'groups.read',
    query: ListParameters,
    response: ListOf(MembershipView),
    handle: async ({ params, query, caller }) => {
      const { store } = deps
      const group = await findGroup(store, store.read, caller, params.group ?? '')
      if (!group.ok) return group
      const { id, slug } = group.value
      const page = await store.groups.listMembers(store.read, id, listQuery(query, caller))
      return ok(
        pageAnswer(page, ({ username, until }) => ({ group: slug, user: username, until: maybeInstant(until) })),
      )
    },
  }),
  ...SIDES.flatMap((side) => [putRoute(deps, side), deleteRoute(deps, side)]),
]

const viewOf = (membership: Membership, groups: ReadonlyMap<GroupId, Group>, user: User) => {
  const group = groups.get(membership.groupId)
  return group ? [{ group: group.slug, user: user.username, until: maybeInstant(membership.until) }] : []
}

const putRoute = (deps: ApiDeps, { tag, id, path }: Side): ApiRoute =>
  route({
    tag,
    id: `${id}.put`,
    summary: 'Puts a person into a group, or changes until when.',
    method: 'PUT',
    path,
    permission: 'groups.write',
    query: WhyParameter,
    body: MembershipBody,
    response: MembershipView,
    handle: (call) => putMembership(deps, call),
  })

const deleteRoute = (deps: ApiDeps, { tag, id, path }: Side): ApiRoute =>
  route({
    tag,
    id: `${id}.delete`,
    summary: 'Takes a person out of a group.',
    method: 'DELETE',
    path,
    permission: 'groups.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => dropMembership(deps, call),
  })

type Asked<Body = unknown> = Call<WhyParameter, Body>

const putMembership = async (deps: ApiDeps, call: Asked<MembershipBody>): Promise<Result<Answer, ApiFailure>> => {
  const end = call.body.until === null ? null : readInstant(call.body.until)
  if (call.body.until !== null && end === null) {
    return refuse('invalid', 'The membership is not valid.', [{ path: 'until', message: 'is no date' }])
  }
  const put = await guardedChange(deps, call, async (changing) => {
    const sides = await bothSides(deps, changing, call)
    if (!sides.ok) return sides
    const { user, group } = sides.value
    const allowed = changing.allows('groups.write', await intoGroup(changing, group.id))
    if (!allowed.ok) return allowed
    if (await deps.store.groups.addMember(changing.tx, { userId: user.id, groupId: group.id, until: end })) {
      await changing.record('membership.added', `users/${user.id}`, { group: group.slug, until: maybeInstant(end) })
    }
    return ok({ group: group.slug, user: user.username, until: maybeInstant(end) })
  })
  return put.ok ? ok({ body: put.value }) : put
}

const dropMembership = async (deps: ApiDeps, call: Asked): Promise<Result<Answer, ApiFailure>> => {
  const dropped = await guardedChange(deps, call, async (changing) => {
    const sides = await bothSides(deps, changing, call)
    if (!sides.ok) return sides
    const { user, group } = sides.value
    const allowed = changing.allows('groups.write', await outOfGroup(changing, group.id))
    if (!allowed.ok) return allowed
    if (!(await deps.store.groups.removeMember(changing.tx, user.id, group.id))) {
      return refuse('not_found', `${user.username} is not in ${group.slug}.`)
    }
    await changing.record('membership.removed', `users/${user.id}`, { group: group.slug })
    return ok(null)
  })
  return dropped.ok ? ok({}) : dropped
}

const bothSides = async (
  { store }: ApiDeps,
  { tx }: Changing,
  { params, caller }: Pick<Call, 'params' | 'caller'>,
): Promise<Result<{ user: User; group: Group }, ApiFailure>> => {
  const user = await findUser(store, tx, caller, params.user ?? '')
  if (!user.ok) return user
  // A file names its people's groups exactly; the next apply would undo what is done here.
  const free = notManaged(user.value)
  if (!free.ok) return free
  const group = await findGroup(store, tx, caller, params.group ?? '')
  return group.ok ? ok({ user: user.value, group: group.value }) : group
}
