/** Addresses of a person, one at a time. Some people sign in by theirs, so each change is one under the lock-out guard. */
import { type EmailId, newId } from '../../../base/ids.ts'
import type { Json } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import { type Email, emailKey, isEmailAddress, type User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, guardedChange } from '../change.ts'
import { findUser, notManaged } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, MaybeInstant, maybeInstant, wholeAnswer } from '../shapes.ts'
import { asPerson } from '../targets.ts'
import { tellNewAddress } from './tell-new-address.ts'

const TAG = 'Users'

const EmailView = Closed(
  {
    id: Type.String({ format: 'id' }),
    address: Type.String(),
    primary: Type.Boolean(),
    verified_at: MaybeInstant('When it was shown to be the person’s, or null.'),
    verified_by: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Email' },
)

const NewEmail = Closed({
  address: Type.String({ maxLength: 254 }),
  verified: Type.Boolean({ default: false, description: 'Whether it is known to be this person’s.' }),
  primary: Type.Boolean({ default: false }),
})
type NewEmail = Static<typeof NewEmail>

const emailView = (email: Email): Json => ({
  id: email.id,
  address: email.address,
  primary: email.primary,
  verified_at: maybeInstant(email.verifiedAt),
  verified_by: email.verifiedBy,
})

export const emailRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'users.emails.list',
    summary: 'Lists the addresses of a person.',
    method: 'GET',
    path: '/users/:user/emails',
    permission: 'users.read',
    response: ListOf(EmailView),
    handle: async ({ params, caller }) => {
      const { store } = deps
      const user = await findUser(store, store.read, caller, params.user ?? '')
      if (!user.ok) return user
      return ok(wholeAnswer((await store.emails.of(store.read, user.value.id)).map(emailView)))
    },
  }),
  route({
    tag: TAG,
    id: 'users.emails.add',
    summary: 'Gives a person another address.',
    method: 'POST',
    path: '/users/:user/emails',
    permission: 'users.write',
    query: WhyParameter,
    body: NewEmail,
    response: EmailView,
    status: 201,
    handle: (call) => addEmail(deps, call),
  }),
  route({
    tag: TAG,
    id: 'users.emails.delete',
    summary: 'Takes an address away.',
    method: 'DELETE',
    path: '/users/:user/emails/:email',
    permission: 'users.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) =>
      onEmail(deps, call, 'taken away', async ({ tx }, { id }) => {
        await deps.store.emails.remove(tx, id)
      }),
  }),
  route({
    tag: TAG,
    id: 'users.emails.verify',
    summary: 'Says that an address is known to be this person’s.',
    method: 'POST',
    path: '/users/:user/emails/:email/verify',
    permission: 'users.write',
    query: WhyParameter,
    response: EmailView,
    handle: (call) =>
      onEmail(deps, call, 'verified', ({ tx, now }, { id }) => deps.store.emails.verify(tx, id, 'administrator', now)),
  }),
  route({
    tag: TAG,
    id: 'users.emails.make_primary',
    summary: 'Makes an address the one that mails go to.',
    method: 'POST',
    path: '/users/:user/emails/:email/make_primary',
    permission: 'users.write',
    query: WhyParameter,
    response: EmailView,
    handle: (call) =>
      onEmail(deps, call, 'made primary', ({ tx }, { id, userId }) => deps.store.emails.setPrimary(tx, userId, id)),
  }),
]

type Asked<Body = unknown> = Call<WhyParameter, Body>

/** The person of the address, if the caller may change how they are reached: that is a way to become them. */
const reachable = async (deps: ApiDeps, changing: Changing, call: Asked): Promise<Result<User, ApiFailure>> => {
  const user = await findUser(deps.store, changing.tx, call.caller, call.params.user ?? '')
  if (!user.ok) return user
  const free = notManaged(user.value)
  if (!free.ok) return free
  const allowed = changing.allows('users.write', await asPerson(changing, user.value))
  return allowed.ok ? user : allowed
}

const addEmail = async (deps: ApiDeps, call: Asked<NewEmail>): Promise<Result<Answer, ApiFailure>> => {
  const { address, verified, primary } = call.body
  if (!isEmailAddress(address)) {
    return refuse('invalid', 'The address is not valid.', [{ path: 'address', message: 'must be an e-mail address' }])
  }
  const added = await guardedChange(deps, call, async (changing): Promise<Result<Email, ApiFailure>> => {
    const user = await reachable(deps, changing, call)
    if (!user.ok) return user
    const { tx, now } = changing
    const present = await deps.store.emails.of(tx, user.value.id)
    if (present.some((one) => emailKey(one.address) === emailKey(address))) {
      return refuse('conflict', 'The person has this address already.')
    }
    const proof = verified ? ({ verifiedAt: now, verifiedBy: 'administrator' } as const) : UNVERIFIED
    const id = newId<EmailId>(now, deps.random)
    // Somebody's first address is the one that mails go to.
    const email: Email = { id, userId: user.value.id, address, primary: primary || present.length === 0, ...proof }
    await deps.store.emails.insert(tx, email)
    await tellNewAddress(deps, changing, user.value, present)
    await changing.record('user.updated', `users/${user.value.id}`, { email: address, did: 'added', verified })
    return ok(email)
  })
  return added.ok ? ok({ status: 201, body: emailView(added.value) }) : added
}

const UNVERIFIED = { verifiedAt: null, verifiedBy: null }

const onEmail = async (
  deps: ApiDeps,
  call: Asked,
  did: string,
  deed: (changing: Changing, email: Email) => Promise<void>,
): Promise<Result<Answer, ApiFailure>> => {
  const done = await guardedChange(deps, call, async (changing): Promise<Result<Email | null, ApiFailure>> => {
    const user = await reachable(deps, changing, call)
    if (!user.ok) return user
    const all = () => deps.store.emails.of(changing.tx, user.value.id)
    const before = await all()
    const email = before.find((one) => one.id === call.params.email)
    if (!email) return refuse('not_found', 'The person has no such address.')
    await deed(changing, email)
    await tellNewAddress(deps, changing, user.value, before)
    await changing.record('user.updated', `users/${user.value.id}`, { email: email.address, did })
    return ok((await all()).find((one) => one.id === email.id) ?? null)
  })
  if (!done.ok) return done
  return ok(done.value ? { body: emailView(done.value) } : {})
}
