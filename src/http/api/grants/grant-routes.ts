/** What clients were given in a person's name, and what the person agreed to: seen and ended. */
import type { GrantId } from '../../../base/ids.ts'
import type { Json } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { Grant } from '../../../domain/grants/grant.ts'
import type { User } from '../../../domain/users/user.ts'
import type { Tx } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { change } from '../change.ts'
import { findUser, idIn } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant, ListOf, MaybeInstant, maybeInstant, wholeAnswer } from '../shapes.ts'
import { aboutPerson } from '../targets.ts'
import { ConsentView, consentView } from './consent-view.ts'
import { revokeConsent } from './revoke-consent.ts'

const GrantView = Closed(
  {
    id: Type.String({ format: 'id' }),
    application: Type.String(),
    provider: Type.String(),
    client_id: Type.String(),
    scopes: Type.Array(Type.String()),
    created_at: Instant('When it was given.'),
    expires_at: Instant('When nothing of it counts any more.'),
    ended_at: MaybeInstant('When it was ended, or null.'),
  },
  { title: 'Grant' },
)

/** What was issued of it, and the client's own marks, stay in the store. */
const grantView = (grant: Grant): Json => ({
  id: grant.id,
  application: grant.application,
  provider: grant.provider,
  client_id: grant.clientId,
  scopes: grant.scopes,
  created_at: instant(grant.createdAt),
  expires_at: instant(grant.expiresAt),
  ended_at: maybeInstant(grant.endedAt),
})

export const grantRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Users',
    id: 'users.grants.list',
    summary: 'Lists what applications were given in a person’s name.',
    method: 'GET',
    path: '/users/:user/grants',
    permission: 'grants.read',
    response: ListOf(GrantView),
    handle: async (call) => {
      const user = await ofAddress(deps, deps.store.read, call)
      if (!user.ok) return user
      return ok(wholeAnswer((await deps.store.grants.of(deps.store.read, user.value.id)).map(grantView)))
    },
  }),
  route({
    tag: 'Users',
    id: 'users.grants.delete',
    summary: 'Ends a grant: its refresh tokens are dead, its access tokens no longer active.',
    method: 'DELETE',
    path: '/users/:user/grants/:grant',
    permission: 'grants.end',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => endGrant(deps, call),
  }),
  route({
    tag: 'Users',
    id: 'users.consents.list',
    summary: 'Lists what a person agreed to be told to applications.',
    method: 'GET',
    path: '/users/:user/consents',
    permission: 'grants.read',
    response: ListOf(ConsentView),
    handle: async (call) => {
      const user = await ofAddress(deps, deps.store.read, call)
      if (!user.ok) return user
      return ok(wholeAnswer((await deps.store.consents.of(deps.store.read, user.value.id)).map(consentView)))
    },
  }),
  route({
    tag: 'Users',
    id: 'users.consents.delete',
    summary: 'Takes a consent back, and ends what the client was given by it.',
    method: 'DELETE',
    path: '/users/:user/consents/:client',
    permission: 'grants.end',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => revokeConsent(deps, call, 'grants.end', ({ tx }) => ofAddress(deps, tx, call)),
  }),
]

const ofAddress = (
  { store }: ApiDeps,
  tx: Tx,
  { caller, params }: Pick<Call, 'caller' | 'params'>,
): Promise<Result<User, ApiFailure>> => findUser(store, tx, caller, params.user ?? '')

const endGrant = async (deps: ApiDeps, call: Call<WhyParameter>): Promise<Result<Answer, ApiFailure>> => {
  const ended = await change(deps, call, async (changing) => {
    const { tx, now } = changing
    const user = await ofAddress(deps, tx, call)
    if (!user.ok) return user
    const allowed = changing.allows('grants.end', await aboutPerson(changing, user.value))
    if (!allowed.ok) return allowed
    const grant = await deps.store.grants.byId(tx, idIn<GrantId>(call.params, 'grant'))
    if (grant?.userId !== user.value.id) return refuse('not_found', 'The person gave no such grant.')
    if (await deps.store.grants.end(tx, grant.id, now, 'ended through the API')) {
      await changing.record('oauth.grant_ended', `grants/${grant.id}`, {
        application: grant.application,
        client: grant.clientId,
        user: user.value.username,
      })
    }
    return ok(null)
  })
  return ended.ok ? ok({}) : ended
}
