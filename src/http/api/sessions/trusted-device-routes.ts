/** Browsers that stand for a second factor, of people and one's own: seen and forgotten. Trusting one takes its person. */
import type { CredentialId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { TrustedDevice } from '../../../core/trusted-devices.ts'
import type { User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import { change } from '../change.ts'
import { findUser, idIn } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant, ListOf, MaybeInstant, maybeInstant, wholeAnswer } from '../shapes.ts'
import { asPerson } from '../targets.ts'

const TrustedDeviceView = Closed(
  {
    id: Type.String({ format: 'id' }),
    user_agent: Type.String(),
    ip: Type.String({ description: 'From where it was trusted.' }),
    created_at: Instant('When a second factor was proven in it.'),
    last_used_at: MaybeInstant('When it last stood for one, or null.'),
    expires_at: Instant('From when on it is asked again.'),
  },
  { title: 'TrustedDevice' },
)

const view = ({ id, userAgent, ip, createdAt, lastUsedAt, until }: TrustedDevice) => ({
  id,
  user_agent: userAgent,
  ip,
  created_at: instant(createdAt),
  last_used_at: maybeInstant(lastUsedAt),
  expires_at: instant(until),
})

export const trustedDeviceRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Users',
    id: 'users.trusted_devices.list',
    summary: 'Lists the browsers in which a person is not asked for a second factor.',
    method: 'GET',
    path: '/users/:user/trusted_devices',
    permission: 'sessions.read',
    response: ListOf(TrustedDeviceView),
    handle: async (call) => {
      const user = await findUser(deps.store, deps.store.read, call.caller, call.params.user ?? '')
      return user.ok ? list(deps, call, user.value) : user
    },
  }),
  route({
    tag: 'Users',
    id: 'users.trusted_devices.delete',
    summary: 'Has a browser ask a person for their second factor again.',
    method: 'DELETE',
    path: '/users/:user/trusted_devices/:device',
    permission: 'sessions.end',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => forget(deps, call, 'sessions.end'),
  }),
  route({
    tag: 'Me',
    id: 'me.trusted_devices.list',
    summary: 'Lists the browsers in which one is not asked for a second factor.',
    method: 'GET',
    path: '/me/trusted_devices',
    permission: 'self',
    response: ListOf(TrustedDeviceView),
    handle: (call) => list(deps, call, call.caller.person.user),
  }),
  route({
    tag: 'Me',
    id: 'me.trusted_devices.delete',
    summary: 'Has a browser ask for one’s second factor again.',
    method: 'DELETE',
    path: '/me/trusted_devices/:device',
    permission: 'self',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => forget(deps, call, 'self'),
  }),
]

const list = async ({ store, trustedDevices }: ApiDeps, { request }: Call, { id }: User) =>
  ok(wholeAnswer((await trustedDevices.of(store.read, id, request.now)).map(view)))

const forget = async (
  deps: ApiDeps,
  call: Call<WhyParameter>,
  by: 'sessions.end' | 'self',
): Promise<Result<Answer, ApiFailure>> => {
  const forgotten = await change(deps, call, async (changing): Promise<Result<null, ApiFailure>> => {
    const user: Result<User, ApiFailure> =
      by === 'self'
        ? ok(call.caller.person.user)
        : await findUser(deps.store, changing.tx, call.caller, call.params.user ?? '')
    if (!user.ok) return user
    const { id } = user.value
    const allowed = changing.allows(by, by === 'self' ? { userId: id } : await asPerson(changing, user.value))
    if (!allowed.ok) return allowed
    const device = idIn<CredentialId>(call.params, 'device')
    if (!(await deps.trustedDevices.forget(changing.tx, id, device))) {
      return refuse('not_found', 'No such browser is trusted for this person.')
    }
    await changing.record('credential.removed', `users/${id}`, { credential: device, kind: 'trusted-device', name: '' })
    return ok(null)
  })
  return forgotten.ok ? ok({}) : forgotten
}
