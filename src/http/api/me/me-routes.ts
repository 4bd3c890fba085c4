/** What is one's own: who one is here, where one is signed in, one's tokens and consents. Needs no permission. */
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { User } from '../../../domain/users/user.ts'
import { isAdministrator } from '../../../policy/authorize.ts'
import { changesDetail } from '../../../resources/edit/write-revisions.ts'
import { compare } from '../../../resources/schema/field-changes.ts'
import type { Tx } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { change } from '../change.ts'
import { csrfToken } from '../csrf.ts'
import { notManaged } from '../find.ts'
import { ConsentView, consentView } from '../grants/consent-view.ts'
import { revokeConsent } from '../grants/revoke-consent.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Ended, endAll, endOne } from '../sessions/end-session.ts'
import { SessionView, sessionView } from '../sessions/session-view.ts'
import { ListOf, wholeAnswer } from '../shapes.ts'
import { makeToken, revokeToken } from '../tokens/make-token.ts'
import { MadeToken, NewToken, TokenView, tokenView } from '../tokens/token-view.ts'
import { UserBody } from '../users/user-values.ts'

const TAG = 'Me'

const MeView = Closed(
  {
    id: Type.String({ format: 'id' }),
    username: Type.String(),
    name: Type.String(),
    kind: Type.String(),
    locale: Type.Union([Type.String(), Type.Null()]),
    emails: Type.Array(Closed({ address: Type.String(), primary: Type.Boolean(), verified: Type.Boolean() })),
    groups: Type.Array(Type.String(), { description: 'All that one is in, those above included.' }),
    permissions: Type.Array(Type.String(), { description: 'What one may do through this API, as one asks now.' }),
    administrator: Type.Boolean({ description: 'Whether that is everything.' }),
    session: Type.Union([Type.String(), Type.Null()], { description: 'The session one asks by, or null.' }),
    csrf: Type.Union([Type.String(), Type.Null()], {
      description: 'For the header X-Gatehouse-CSRF of changes by this session; null where one asks by token.',
    }),
  },
  { title: 'Me' },
)

/** What one may change of oneself: nothing that says who one is, or what one may (I10). */
const MeBody = Closed({
  name: UserBody.properties.name,
  locale: Type.Optional(Type.Union([UserBody.properties.locale, Type.Null()])),
})
type MeBody = Static<typeof MeBody>

export const meRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'me.get',
    summary: 'Tells who one is here.',
    method: 'GET',
    path: '/me',
    permission: 'self',
    response: MeView,
    handle: (call) => ok(meAnswer(deps, call)),
  }),
  route({
    tag: TAG,
    id: 'me.patch',
    summary: 'Changes one’s own name or language.',
    method: 'PATCH',
    path: '/me',
    permission: 'self',
    body: MeBody,
    response: MeView,
    handle: (call) => patchMe(deps, call),
  }),
  route({
    tag: TAG,
    id: 'me.sessions.list',
    summary: 'Lists where one is signed in.',
    method: 'GET',
    path: '/me/sessions',
    permission: 'self',
    response: ListOf(SessionView),
    handle: async ({ caller, request }) => {
      const { store } = deps
      return ok(wholeAnswer((await store.sessions.of(store.read, caller.person.user.id, request.now)).map(sessionView)))
    },
  }),
  route({
    tag: TAG,
    id: 'me.sessions.delete',
    summary: 'Ends one of one’s own sessions.',
    method: 'DELETE',
    path: '/me/sessions/:session',
    permission: 'self',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => endOne(deps, call, 'self', ({ tx }) => oneself(deps, tx, call)),
  }),
  route({
    tag: TAG,
    id: 'me.end_sessions',
    summary: 'Ends all of one’s own sessions but the one that asks.',
    method: 'POST',
    path: '/me/end_sessions',
    permission: 'self',
    query: WhyParameter,
    response: Ended,
    handle: (call) => {
      const { caller } = call
      const stays = caller.kind === 'session' ? caller.session.id : undefined
      return endAll(deps, call, 'self', ({ tx }) => oneself(deps, tx, call), stays)
    },
  }),
  route({
    tag: TAG,
    id: 'me.tokens.list',
    summary: 'Lists one’s own tokens; never their keys.',
    method: 'GET',
    path: '/me/tokens',
    permission: 'self',
    response: ListOf(TokenView),
    handle: async ({ caller }) => {
      const { store } = deps
      return ok(wholeAnswer((await store.tokens.of(store.read, caller.person.user.id)).map(tokenView)))
    },
  }),
  route({
    tag: TAG,
    id: 'me.tokens.create',
    summary: 'Makes a token of one’s own. Its key is shown here and never again.',
    method: 'POST',
    path: '/me/tokens',
    permission: 'self',
    handsOut: true,
    query: WhyParameter,
    body: NewToken,
    response: MadeToken,
    status: 201,
    handle: (call) => makeToken(deps, call, 'self', ({ tx }) => oneself(deps, tx, call)),
  }),
  route({
    tag: TAG,
    id: 'me.tokens.delete',
    summary: 'Revokes one of one’s own tokens.',
    method: 'DELETE',
    path: '/me/tokens/:token',
    permission: 'self',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => revokeToken(deps, call, 'self', ({ tx }) => oneself(deps, tx, call)),
  }),
  route({
    tag: TAG,
    id: 'me.consents.list',
    summary: 'Lists what one agreed to be told to applications.',
    method: 'GET',
    path: '/me/consents',
    permission: 'self',
    response: ListOf(ConsentView),
    handle: async ({ caller }) => {
      const { store } = deps
      return ok(wholeAnswer((await store.consents.of(store.read, caller.person.user.id)).map(consentView)))
    },
  }),
  route({
    tag: TAG,
    id: 'me.consents.delete',
    summary: 'Takes one’s consent back.',
    method: 'DELETE',
    path: '/me/consents/:client',
    permission: 'self',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => revokeConsent(deps, call, 'self', ({ tx }) => oneself(deps, tx, call)),
  }),
]

const oneself = async (
  { store }: ApiDeps,
  tx: Tx,
  { caller }: Pick<Call, 'caller'>,
): Promise<Result<User, ApiFailure>> => {
  const user = await store.users.byId(tx, caller.person.user.id)
  return user ? ok(user) : refuse('not_found', 'You are no longer known here.')
}

const meAnswer = (deps: ApiDeps, { caller }: Pick<Call, 'caller'>): Answer => {
  const { user, emails, groups } = caller.person
  const session = caller.kind === 'session' ? caller.session : null
  return {
    body: {
      id: user.id,
      username: user.username,
      name: user.name,
      kind: user.kind,
      locale: user.locale,
      emails: emails.map(({ address, primary, verifiedAt }) => ({ address, primary, verified: verifiedAt !== null })),
      groups: groups.map((group) => group.slug).sort(),
      permissions: [...caller.permissions].sort(),
      administrator: isAdministrator(caller.permissions),
      session: session?.id ?? null,
      csrf: session ? csrfToken(deps.ring, session) : null,
    },
  }
}

const patchMe = async (deps: ApiDeps, call: Call<unknown, MeBody>): Promise<Result<Answer, ApiFailure>> => {
  const { name, locale } = call.body
  const patch = { ...(name === undefined ? {} : { name }), ...(locale === undefined ? {} : { locale }) }
  const patched = await change(deps, { caller: call.caller, request: call.request }, async (changing) => {
    const user = await oneself(deps, changing.tx, call)
    if (!user.ok) return user
    const free = notManaged(user.value)
    if (!free.ok) return free
    const before = { name: user.value.name, locale: user.value.locale }
    const changes = compare(before, { ...before, ...patch }, '')
    if (changes.length === 0) return user
    const { id, username } = user.value
    await changing.record('user.updated', `users/${id}`, { username, ...changesDetail(changes) })
    return ok(await deps.store.users.update(changing.tx, id, patch, changing.now))
  })
  if (!patched.ok) return patched
  const person = { ...call.caller.person, user: patched.value }
  return ok(meAnswer(deps, { caller: { ...call.caller, person } }))
}
