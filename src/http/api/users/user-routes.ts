/** People: listed, read, made, replaced, patched, deleted. */
import { ok, type Result } from '../../../base/result.ts'
import { Closed } from '../../../base/schema.ts'
import { endEverything } from '../../../core/end-everything.ts'
import { compare } from '../../../resources/schema/field-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, change, guardedChange } from '../change.ts'
import { findUser, notManaged } from '../find.ts'
import { PatchBody, patched } from '../merge-patch-body.ts'
import { ChangeParameters, ListParameters, listQuery } from '../parameters.ts'
import { checkPreconditions, valueTag } from '../preconditions.ts'
import type { ApiFailure } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, pageAnswer, withoutMeta } from '../shapes.ts'
import { asPerson } from '../targets.ts'
import { readMany, readWhole } from './read-users.ts'
import { type PreparedPassword, preparePassword } from './set-password.ts'
import { userAnswer } from './user-answer.ts'
import { taggedValues, UserBody, UserView, userView, type WholeUser, wholeValues } from './user-values.ts'
import { type UserWrite, type Written, writeUser } from './write-user.ts'

const TAG = 'Users'

export const userRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'users.list',
    summary: 'Lists people, by user name unless sorted otherwise.',
    method: 'GET',
    path: '/users',
    permission: 'users.read',
    query: ListParameters,
    response: ListOf(UserView),
    handle: async ({ query, caller }) => {
      const { store } = deps
      const page = await store.users.list(store.read, listQuery(query, caller))
      const groups = new Map((await store.groups.all(store.read)).map((group) => [group.id, group]))
      const people = await readMany(store, store.read, page.items)
      return ok(pageAnswer({ items: people, next: page.next }, (whole) => userView(whole, groups)))
    },
  }),
  route({
    tag: TAG,
    id: 'users.get',
    summary: 'Tells one person, by user name or id.',
    method: 'GET',
    path: '/users/:user',
    permission: 'users.read',
    response: UserView,
    handle: async ({ params, caller }) => {
      const { store } = deps
      const user = await findUser(store, store.read, caller, params.user ?? '')
      if (!user.ok) return user
      return ok(await userAnswer(deps, await readWhole(store, store.read, user.value)))
    },
  }),
  route({
    tag: TAG,
    id: 'users.put',
    summary: 'Makes or replaces a person.',
    description:
      'What is left out is as for a new person, except `active`, `password` and `subjects`, which then stay as they are. Memberships also need `groups.write`, a password `users.reset_password`.',
    method: 'PUT',
    path: '/users/:user',
    permission: 'users.write',
    query: ChangeParameters,
    body: UserBody,
    response: UserView,
    handle: (call) => putUser(deps, call),
  }),
  route({
    tag: TAG,
    id: 'users.patch',
    summary: 'Changes some values of a person.',
    method: 'PATCH',
    path: '/users/:user',
    permission: 'users.write',
    query: ChangeParameters,
    body: PatchBody('the values of a person'),
    response: UserView,
    handle: (call) => patchUser(deps, call),
  }),
  route({
    tag: TAG,
    id: 'users.delete',
    summary: 'Deletes a person for good. To keep who they were, disable them instead.',
    method: 'DELETE',
    path: '/users/:user',
    permission: 'users.write',
    query: ChangeParameters,
    response: null,
    status: 204,
    handle: (call) => deleteUser(deps, call),
  }),
]

type Changed = Call<ChangeParameters, UserBody>

const putUser = async (deps: ApiDeps, call: Changed): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const name = call.params.user ?? ''
  const { meta: _, ...body } = call.body
  const found = await findUser(store, store.read, call.caller, name)
  const username = found.ok ? found.value.username : name
  const password = await preparedOf(deps, body, username, call.query.dry_run)
  if (!password.ok) return password
  const write = { body, password: password.value }
  const written = found.ok
    ? await guardedChange(deps, call, async (changing) => {
        const before = await presentUser(deps, changing, call)
        return before.ok ? writeUser(deps, changing, { ...write, username, before: before.value }) : before
      })
    : await ((await takesAName(deps, username, body)) ? guardedChange : change)(deps, call, async (changing) => {
        // Where another made the name meanwhile, the store says so.
        const allowed = checkPreconditions(call.preconditions, null)
        return allowed.ok ? writeUser(deps, changing, { ...write, username, before: null }) : allowed
      })
  return written.ok ? ok(await writtenAnswer(deps, call, written.value)) : written
}

/** Whether somebody is found by one of these names today: a new person of that name could stand in their way. */
const takesAName = async ({ store }: ApiDeps, username: string, body: UserBody): Promise<boolean> => {
  const addresses = [...(body.email === undefined ? [] : [body.email]), ...(body.emails ?? [])]
  const names = [username, ...addresses.map((one) => (typeof one === 'string' ? one : one.address))]
  for (const name of names) if (await store.users.byLogin(store.read, name)) return true
  return false
}

const patchUser = async (deps: ApiDeps, call: Call<ChangeParameters>): Promise<Result<Answer, ApiFailure>> => {
  const patch = withoutMeta(call.body)
  const { store } = deps
  const found = await findUser(store, store.read, call.caller, call.params.user ?? '')
  if (!found.ok) return found
  const { username } = found.value
  const given = patched(Closed({ password: UserBody.properties.password }), {}, { password: patch.password ?? null })
  if (!given.ok) return given
  const password = await preparedOf(deps, { ...given.value, groups: [] }, username, call.query.dry_run)
  if (!password.ok) return password
  const written = await guardedChange(deps, call, async (changing): Promise<Result<Written, ApiFailure>> => {
    const before = await presentUser(deps, changing, call)
    if (!before.ok) return before
    const { emails, ...others } = wholeValues(before.value, (await changing.authority()).groups)
    // `email` is another word for the list of addresses, so it takes the list's place.
    const body = patched(UserBody, patch.email === undefined ? { emails, ...others } : others, patch)
    if (!body.ok) return body
    const write: UserWrite = {
      username: before.value.user.username,
      before: before.value,
      body: body.value,
      password: password.value,
    }
    return writeUser(deps, changing, write)
  })
  return written.ok ? ok(await writtenAnswer(deps, call, written.value)) : written
}

const preparedOf = async (
  deps: ApiDeps,
  body: UserBody,
  username: string,
  dryRun: boolean,
): Promise<Result<PreparedPassword | null, ApiFailure>> => {
  if (body.password === undefined) return ok(null)
  const [first] = body.emails ?? []
  const email = body.email ?? (typeof first === 'string' ? first : (first?.address ?? ''))
  return preparePassword(deps, body.password, { username, name: body.name ?? '', email }, dryRun)
}

/** The person as the transaction sees them, if they may be edited here and are as the caller saw them. */
const presentUser = async (
  { store }: ApiDeps,
  changing: Changing,
  call: Pick<Call, 'caller' | 'params' | 'preconditions'>,
): Promise<Result<WholeUser, ApiFailure>> => {
  const user = await findUser(store, changing.tx, call.caller, call.params.user ?? '')
  if (!user.ok) return user
  const free = notManaged(user.value)
  if (!free.ok) return free
  const whole = await readWhole(store, changing.tx, user.value)
  const tag = valueTag(taggedValues(whole, (await changing.authority()).groups))
  const current = checkPreconditions(call.preconditions, tag)
  return current.ok ? ok(whole) : current
}

const writtenAnswer = async (
  deps: ApiDeps,
  call: Pick<Call<ChangeParameters>, 'query'>,
  { outcome, whole, changes }: Written,
): Promise<Answer> => {
  // Field changes are plain JSON.
  if (call.query.dry_run) return { body: { outcome, changes: changes.map((one) => ({ ...one })) } }
  const answer = await userAnswer(deps, whole)
  if (outcome !== 'created') return answer
  return { ...answer, status: 201, location: `/users/${encodeURIComponent(whole.user.username)}` }
}

const deleteUser = async (deps: ApiDeps, call: Call<ChangeParameters>): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const deleted = await guardedChange(deps, call, async (changing) => {
    const before = await presentUser(deps, changing, call)
    if (!before.ok) return before
    const { user } = before.value
    const allowed = changing.allows('users.write', await asPerson(changing, user))
    if (!allowed.ok) return allowed
    // Each ending is a change that every process hears of; rows that merely vanish are not.
    const ended = await endEverything(deps.store, changing.tx, {
      user: user.id,
      why: 'person deleted',
      now: changing.now,
    })
    await store.users.remove(changing.tx, user.id)
    await changing.record('user.deleted', `users/${user.id}`, { username: user.username, ended })
    return ok(compare(wholeValues(before.value, (await changing.authority()).groups), {}, ''))
  })
  if (!deleted.ok) return deleted
  return ok(
    call.query.dry_run ? { body: { outcome: 'deleted', changes: deleted.value.map((one) => ({ ...one })) } } : {},
  )
}
