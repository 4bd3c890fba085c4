/** Sessions of people: seen and ended by whoever may. */
import type { SessionId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { Session } from '../../../domain/sessions/session.ts'
import type { User } from '../../../domain/users/user.ts'
import type { Tx } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { findUser, idIn } from '../find.ts'
import { listParameters, listQuery, WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, pageAnswer, wholeAnswer } from '../shapes.ts'
import { Ended, endAll, endOne } from './end-session.ts'
import { ListedSessionView, listedSessionView, SessionView, sessionView } from './session-view.ts'

const SessionParameters = Closed({
  ...listParameters,
  user: Type.Optional(Type.String({ maxLength: 200, description: 'Of this person: the user name or id.' })),
  active: Type.Optional(Type.Boolean({ description: 'Only those that go on, or only those that are over.' })),
})
type SessionParameters = Static<typeof SessionParameters>

export const sessionRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Users',
    id: 'users.sessions.list',
    summary: 'Lists where a person is signed in.',
    method: 'GET',
    path: '/users/:user/sessions',
    permission: 'sessions.read',
    response: ListOf(SessionView),
    handle: async ({ params, caller, request }) => {
      const { store } = deps
      const user = await findUser(store, store.read, caller, params.user ?? '')
      if (!user.ok) return user
      return ok(wholeAnswer((await store.sessions.of(store.read, user.value.id, request.now)).map(sessionView)))
    },
  }),
  route({
    tag: 'Users',
    id: 'users.sessions.delete',
    summary: 'Ends one session of a person.',
    method: 'DELETE',
    path: '/users/:user/sessions/:session',
    permission: 'sessions.end',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => endOne(deps, call, 'sessions.end', ({ tx }) => ofAddress(deps, tx, call)),
  }),
  route({
    tag: 'Users',
    id: 'users.end_sessions',
    summary: 'Ends every session of a person.',
    method: 'POST',
    path: '/users/:user/end_sessions',
    permission: 'sessions.end',
    query: WhyParameter,
    response: Ended,
    handle: (call) => endAll(deps, call, 'sessions.end', ({ tx }) => ofAddress(deps, tx, call)),
  }),
  route({
    tag: 'Sessions',
    id: 'sessions.list',
    summary: 'Lists where people are and were signed in, the newest first.',
    method: 'GET',
    path: '/sessions',
    permission: 'sessions.read',
    query: SessionParameters,
    response: ListOf(ListedSessionView),
    handle: (call) => listSessions(deps, call),
  }),
  route({
    tag: 'Sessions',
    id: 'sessions.get',
    summary: 'Tells one session.',
    method: 'GET',
    path: '/sessions/:session',
    permission: 'sessions.read',
    response: SessionView,
    handle: async ({ params, caller, request }) => {
      const { store } = deps
      const session = await findSession(deps, store.read, { caller, params })
      if (!session.ok) return session
      // Known and over by time is as gone as ended.
      if (request.now >= Math.min(session.value.idleEndsAt, session.value.endsAt)) return gone()
      return ok({ body: sessionView(session.value) })
    },
  }),
  route({
    tag: 'Sessions',
    id: 'sessions.delete',
    summary: 'Ends one session.',
    method: 'DELETE',
    path: '/sessions/:session',
    permission: 'sessions.end',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => endOne(deps, call, 'sessions.end', ({ tx }) => ownerOf(deps, tx, call)),
  }),
]

const listSessions = async (
  { store }: ApiDeps,
  { query, caller, request }: Call<SessionParameters>,
): Promise<Result<Answer, ApiFailure>> => {
  const user = query.user === undefined ? null : await findUser(store, store.read, caller, query.user)
  if (user && !user.ok) {
    return refuse('bad_query', 'The query is not valid.', [{ path: 'user', message: 'nobody is called that' }])
  }
  const page = await store.sessions.list(store.read, {
    ...listQuery(query, caller),
    ...(user ? { user: user.value.id } : {}),
    ...(query.active === undefined ? {} : { active: query.active }),
    now: request.now,
  })
  return ok(pageAnswer(page, listedSessionView))
}

const ofAddress = ({ store }: ApiDeps, tx: Tx, { caller, params }: Call): Promise<Result<User, ApiFailure>> =>
  findUser(store, tx, caller, params.user ?? '')

const ownerOf = async (deps: ApiDeps, tx: Tx, call: Call): Promise<Result<User, ApiFailure>> => {
  const session = await findSession(deps, tx, call)
  if (!session.ok) return session
  const user = await deps.store.users.byId(tx, session.value.userId)
  return user ? ok(user) : gone()
}

const findSession = async (
  { store }: ApiDeps,
  tx: Tx,
  { caller, params }: Pick<Call, 'caller' | 'params'>,
): Promise<Result<Session, ApiFailure>> => {
  const session = await store.sessions.byId(tx, idIn<SessionId>(params, 'session'))
  return session?.organisation === caller.person.user.organisation ? ok(session) : gone()
}

const gone = () => refuse('not_found', 'There is no such session.')
