/** What is done to a person beside editing them: switched off and on, renamed, helped back in. */
import { HOUR } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/duration.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Duration, Line, Type } from '../../../base/schema.ts'
import { reveal } from '../../../base/secret.ts'
import { endEverything } from '../../../core/end-everything.ts'
import { releaseLocked } from '../../../core/not-me/release.ts'
import type { User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, change, guardedChange } from '../change.ts'
import { findUser, notManaged } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant } from '../shapes.ts'
import { aboutPerson, asPerson } from '../targets.ts'
import { HELD, usernameIssues } from './desired-user.ts'
import { readWhole } from './read-users.ts'
import { preparePassword, setPassword } from './set-password.ts'
import { userAnswer } from './user-answer.ts'
import { NewPassword, UserView } from './user-values.ts'

const TAG = 'Users'

export const userVerbs = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'users.disable',
    summary: 'Switches a person off: everything they hold ends, at every door, at once.',
    method: 'POST',
    path: '/users/:user/disable',
    permission: 'users.write',
    query: WhyParameter,
    response: UserView,
    handle: (call) => onUser(deps, call, guardedChange, (changing, user) => disable(deps, changing, user)),
  }),
  route({
    tag: TAG,
    id: 'users.enable',
    summary: 'Switches a person on again. What they held before does not come back.',
    method: 'POST',
    path: '/users/:user/enable',
    permission: 'users.write',
    query: WhyParameter,
    response: UserView,
    handle: (call) => onUser(deps, call, change, (changing, user) => enable(deps, changing, user)),
  }),
  route({
    tag: TAG,
    id: 'users.unlock',
    summary: 'Lets somebody in again who locked their account by the link in a notice.',
    description:
      'Whoever signed in as them knew their password, so it is taken away, unless `keep_password` says otherwise. They set a new one by recovery, or by a link that is made for them. Look at their authenticators too: one that is not theirs stays.',
    method: 'POST',
    path: '/users/:user/unlock',
    permission: 'users.reset_password',
    query: WhyParameter,
    body: Closed({ keep_password: Type.Boolean({ default: false }) }),
    response: UserView,
    handle: (call) =>
      onUser(deps, call, change, (changing, user) => unlock(deps, changing, user, call.body.keep_password)),
  }),
  route({
    tag: TAG,
    id: 'users.rename',
    summary: 'Gives a person another user name. They stay who they are.',
    method: 'POST',
    path: '/users/:user/rename',
    permission: 'users.write',
    query: WhyParameter,
    body: Closed({ username: Line({ minLength: 1 }) }),
    response: UserView,
    // A condition of the flow that signs in may name somebody.
    handle: (call) =>
      onUser(deps, call, guardedChange, (changing, user) => rename(deps, changing, user, call.body.username)),
  }),
  route({
    tag: TAG,
    id: 'users.reset_password',
    summary: 'Sets a password. Sessions, grants and tokens of the person end.',
    description:
      'Rules for passwords hold here too. One that is set for somebody else serves for one sign-in, unless `must_change` is false.',
    method: 'POST',
    path: '/users/:user/reset_password',
    permission: 'users.reset_password',
    query: WhyParameter,
    body: Closed({ password: NewPassword }),
    response: UserView,
    handle: (call) => resetPassword(deps, call),
  }),
  route({
    tag: TAG,
    id: 'users.recovery_link',
    summary: 'Makes the link that a recovery mail holds, to hand over. Shown here and never again.',
    description:
      'Works without a mail server. Whoever opens it chooses a new password, once, and then signs in as ever, second factor and all.',
    method: 'POST',
    path: '/users/:user/recovery_link',
    permission: 'users.reset_password',
    query: WhyParameter,
    body: Closed({ valid_for: Duration({ default: '1h', description: 'A day at most.' }) }),
    response: Closed({ link: Type.String(), expires_at: Instant('Until when it counts.') }),
    handle: (call) => recoveryLink(deps, call),
  }),
]

type Asked = Call<WhyParameter>
type Deed = (changing: Changing, user: User) => Promise<Result<unknown, ApiFailure>>

/** Runs a deed on the person of the address and answers the person as they then stand. */
const onUser = async (
  deps: ApiDeps,
  call: Asked,
  perform: typeof change,
  deed: Deed,
): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const done = await perform(deps, call, async (changing) => {
    const user = await findUser(store, changing.tx, call.caller, call.params.user ?? '')
    if (!user.ok) return user
    const performed = await deed(changing, user.value)
    if (!performed.ok) return performed
    const standing = (await store.users.byId(changing.tx, user.value.id)) ?? user.value
    return ok(await readWhole(store, changing.tx, standing))
  })
  return done.ok ? ok(await userAnswer(deps, done.value)) : done
}

const disable = async ({ store }: ApiDeps, changing: Changing, user: User): Promise<Result<unknown, ApiFailure>> => {
  const allowed = changing.allows('users.write', await aboutPerson(changing, user))
  if (!allowed.ok || !user.active) return allowed
  await store.users.update(changing.tx, user.id, { active: false }, changing.now)
  const ended = await endEverything(store, changing.tx, { user: user.id, why: 'person disabled', now: changing.now })
  await changing.record('user.disabled', `users/${user.id}`, { username: user.username, ended })
  return ok(null)
}

const enable = async ({ store }: ApiDeps, changing: Changing, user: User): Promise<Result<unknown, ApiFailure>> => {
  const allowed = changing.allows('users.write', await aboutPerson(changing, user))
  if (!allowed.ok || user.active) return allowed
  if (user.held) return refuse('conflict', `${user.username} stays off: ${HELD[user.held.why]}.`)
  await store.users.update(changing.tx, user.id, { active: true }, changing.now)
  await changing.record('user.enabled', `users/${user.id}`, { username: user.username })
  return ok(null)
}

const unlock = async (
  { store }: ApiDeps,
  changing: Changing,
  user: User,
  keepPassword: boolean,
): Promise<Result<unknown, ApiFailure>> => {
  const allowed = changing.allows('users.reset_password', await asPerson(changing, user))
  if (!allowed.ok) return allowed
  if (user.held?.why !== 'locked') return refuse('conflict', `${user.username} is not locked.`)
  const { passwordRemoved } = await releaseLocked(store, changing.tx, user, { keepPassword, now: changing.now })
  await changing.record('user.unlocked', `users/${user.id}`, { username: user.username, passwordRemoved })
  return ok(null)
}

const rename = async (
  { store }: ApiDeps,
  changing: Changing,
  user: User,
  username: string,
): Promise<Result<unknown, ApiFailure>> => {
  const free = notManaged(user)
  if (!free.ok) return free
  const allowed = changing.allows('users.write', await asPerson(changing, user))
  if (!allowed.ok) return allowed
  const issues = usernameIssues(username, 'username')
  if (issues.length > 0) return refuse('invalid', 'The user name is not valid.', issues)
  if (username === user.username) return ok(null)
  await store.users.update(changing.tx, user.id, { username }, changing.now)
  const changes = [{ path: 'username', before: user.username, after: username }]
  await changing.record('user.updated', `users/${user.id}`, { username, changes })
  return ok(null)
}

type Reset = Call<WhyParameter, { readonly password: NewPassword }>

const resetPassword = async (deps: ApiDeps, call: Reset): Promise<Result<Answer, ApiFailure>> => {
  const { store } = deps
  const found = await findUser(store, store.read, call.caller, call.params.user ?? '')
  if (!found.ok) return found
  const { username, name, id } = found.value
  const email = (await store.emails.of(store.read, id)).find((one) => one.primary)?.address ?? ''
  const prepared = await preparePassword(deps, call.body.password, { username, name, email }, false)
  if (!prepared.ok) return prepared
  // Tokens end with the old password, and a machine has no other way in.
  return onUser(deps, call, guardedChange, async (changing, user) => {
    const allowed = changing.allows('users.reset_password', await asPerson(changing, user))
    if (allowed.ok) await setPassword(deps, changing, user, prepared.value)
    return allowed
  })
}

const LONGEST_LINK = 24 * HOUR

const recoveryLink = async (
  deps: ApiDeps,
  call: Call<WhyParameter, { readonly valid_for: string }>,
): Promise<Result<Answer, ApiFailure>> => {
  const validFor = Math.min(parseDuration(call.body.valid_for) ?? HOUR, LONGEST_LINK)
  const made = await change(deps, call, async (changing) => {
    const user = await findUser(deps.store, changing.tx, call.caller, call.params.user ?? '')
    if (!user.ok) return user
    const { id, active, username } = user.value
    const allowed = changing.allows('users.reset_password', await asPerson(changing, user.value))
    if (!allowed.ok) return allowed
    // A link brings nobody back who was switched off (G11).
    if (!active) return refuse('conflict', `${username} is switched off.`)
    const { origin } = call.request
    const place = deps.recoveryPlace(origin)
    if (!place) return refuse('conflict', 'No flow for recovery that takes a mailed link serves at this address.')
    const link = deps.mails.links.newLink()
    const expiresAt = changing.now + validFor
    const kept = { purpose: 'recover', user: id, address: null, link, expiresAt } as const
    await deps.mails.links.keep(changing.tx, { ...kept, place: { ...place, attempt: null } })
    const expires_at = instant(expiresAt)
    await changing.record('instance.recovery_link_made', `users/${id}`, { username, expires_at })
    return ok({ link: deps.mails.linkAddress(origin, reveal(link.link, 'hand it over')), expires_at })
  })
  return made.ok ? ok({ body: made.value }) : made
}
