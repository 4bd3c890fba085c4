/**
 * Second factors of people, and one's own: seen and taken away, never made and never read here (E22). Setting one up
 * takes the person, so it is a flow.
 */
import type { CredentialId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { SetCookie } from '../../../base/wire.ts'
import type { ToldAuthenticator } from '../../../core/authenticators.ts'
import type { User } from '../../../domain/users/user.ts'
import type { Tx } from '../../../store/store.ts'
import { sessionCookie } from '../../session-cookie.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, guardedChange } from '../change.ts'
import { findUser, idIn } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant, ListOf, MaybeInstant, maybeInstant, wholeAnswer } from '../shapes.ts'
import { asPerson } from '../targets.ts'

const AuthenticatorView = Closed(
  {
    id: Type.String({ format: 'id' }),
    kind: Type.String({ description: 'As its folder is called: `webauthn`, `totp`, `recovery-codes` …' }),
    name: Type.String({ description: 'As the person named it; empty where they did not.' }),
    created_at: Instant('When it was set up.'),
    last_used_at: MaybeInstant('When it last proved something, or null.'),
    usable: Type.Boolean({
      description: 'False where nothing is left of it, as of recovery codes that were all used.',
    }),
    detail: Type.Record(Type.String(), Type.String(), { description: 'What its kind tells; never a secret.' }),
  },
  { title: 'Authenticator' },
)

const view = ({ createdAt, lastUsedAt, ...told }: ToldAuthenticator) => ({
  ...told,
  created_at: instant(createdAt),
  last_used_at: maybeInstant(lastUsedAt),
})

type Asked = Call<WhyParameter>

export const authenticatorRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Users',
    id: 'users.authenticators.list',
    summary: 'Lists the second factors of a person; never their secrets.',
    method: 'GET',
    path: '/users/:user/authenticators',
    permission: 'users.read',
    response: ListOf(AuthenticatorView),
    handle: async (call) => {
      const user = await ofAddress(deps, deps.store.read, call)
      return user.ok ? list(deps, user.value) : user
    },
  }),
  route({
    tag: 'Users',
    id: 'users.authenticators.delete',
    summary: 'Takes a second factor away from a person who lost it.',
    method: 'DELETE',
    path: '/users/:user/authenticators/:authenticator',
    permission: 'users.reset_password',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => remove(deps, call, 'users.reset_password', ({ tx }) => ofAddress(deps, tx, call)),
  }),
  route({
    tag: 'Me',
    id: 'me.authenticators.list',
    summary: 'Lists one’s own second factors; never their secrets.',
    method: 'GET',
    path: '/me/authenticators',
    permission: 'self',
    response: ListOf(AuthenticatorView),
    handle: ({ caller }) => list(deps, caller.person.user),
  }),
  route({
    tag: 'Me',
    id: 'me.authenticators.delete',
    summary:
      'Takes one of one’s own second factors away. Asks for a session that has just been proven, by one of them.',
    method: 'DELETE',
    path: '/me/authenticators/:authenticator',
    permission: 'self',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => remove(deps, call, 'self', async () => ok(call.caller.person.user)),
  }),
]

const ofAddress = (
  { store }: ApiDeps,
  tx: Tx,
  { caller, params }: Pick<Call, 'caller' | 'params'>,
): Promise<Result<User, ApiFailure>> => findUser(store, tx, caller, params.user ?? '')

const list = async ({ store, authenticators }: ApiDeps, { id }: User): Promise<Result<Answer, ApiFailure>> =>
  ok(wholeAnswer((await authenticators.told(store.read, id)).map(view)))

const remove = async (
  deps: ApiDeps,
  call: Asked,
  by: 'users.reset_password' | 'self',
  whose: (changing: Changing) => Promise<Result<User, ApiFailure>>,
): Promise<Result<Answer, ApiFailure>> => {
  const removed = await guardedChange(deps, call, async (changing): Promise<Result<SetCookie[], ApiFailure>> => {
    const user = await whose(changing)
    if (!user.ok) return user
    const { id } = user.value
    const allowed = changing.allows(by, by === 'self' ? { userId: id } : await asPerson(changing, user.value))
    if (!allowed.ok) return allowed
    const found = await deps.authenticators.one(changing.tx, id, idIn<CredentialId>(call.params, 'authenticator'))
    if (!found) return refuse('not_found', 'The person has no such authenticator.')
    const own = call.caller.person.user.id === id
    const cookies = own ? await ofOneself(deps, call, changing, by) : ok([])
    if (!cookies.ok) return cookies
    await deps.store.credentials.remove(changing.tx, found.id)
    await changing.record('credential.removed', `users/${id}`, {
      credential: found.id,
      kind: found.kind,
      name: found.name,
    })
    return cookies
  })
  return removed.ok ? ok({ cookies: removed.value }) : removed
}

/**
 * One's own goes only with a proof of lately, and gives the session a new cookie (F01). A token proves nothing about who
 * sits there; one that may reset anybody's may reset its owner's too.
 */
const ofOneself = async (
  deps: ApiDeps,
  { caller }: Asked,
  { tx, now }: Changing,
  by: 'users.reset_password' | 'self',
): Promise<Result<SetCookie[], ApiFailure>> => {
  if (caller.kind !== 'session') {
    return by === 'self'
      ? refuse('proof_needed', 'Take it away in the portal, where you can prove who you are.')
      : ok([])
  }
  if (!(await deps.authenticators.mayChange(tx, caller.person, caller.session.proofs, now))) {
    return refuse('proof_needed', 'Prove who you are again first, with a second factor if you have one.')
  }
  return ok([sessionCookie(await deps.sessions.rotate(tx, caller.session, [], now), now)])
}
