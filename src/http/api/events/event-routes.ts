/** The audit log: read, and never written or altered through the API (I18). */
import type { EventId } from '../../../base/ids.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import { EVENT_TYPES } from '../../../events/catalog.ts'
import type { StoredEvent } from '../../../events/event.ts'
import type { EventQuery } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Caller } from '../caller.ts'
import { findUser, idIn } from '../find.ts'
import { listParameters, listQuery } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type ApiRoute, route } from '../route.ts'
import { ActorShape, Instant, instant, ListOf, pageAnswer, readInstant } from '../shapes.ts'

const TAG = 'Events'

const EventView = Closed(
  {
    id: Type.String({ format: 'id' }),
    at: Instant('When it happened.'),
    type: Type.String(),
    actor: ActorShape,
    target: Type.Optional(Type.String({ description: 'What it was done to, as `users/<id>`.' })),
    detail: Type.Optional(Type.Object({}, { additionalProperties: true })),
    client: Type.Optional(
      Closed({ ip: Type.String(), user_agent: Type.String(), request: Type.String() }, { description: 'Where from.' }),
    ),
  },
  { title: 'Event' },
)

const eventView = (event: StoredEvent): Json => ({
  id: event.id,
  at: instant(event.at),
  type: event.type,
  // An actor is a flat object of texts.
  actor: { ...event.actor } as JsonObject,
  ...(event.target === undefined ? {} : { target: event.target }),
  ...(event.detail === undefined ? {} : { detail: event.detail }),
  ...(event.client === undefined
    ? {}
    : { client: { ip: event.client.ip, user_agent: event.client.userAgent, request: event.client.request } }),
})

const At = (description: string) => Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description }))

const EventParameters = Closed({
  ...listParameters,
  type: Type.Optional(Type.Array(Type.Enum([...EVENT_TYPES]), { maxItems: 50, description: 'Of these types only.' })),
  actor: Type.Optional(Type.String({ maxLength: 200, description: 'Done by: the user name or id of a person.' })),
  target: Type.Optional(Type.String({ maxLength: 255, description: 'Done to: as `users/<id>`.' })),
  after: At('From this instant on.'),
  before: At('Before this instant.'),
})
type EventParameters = Static<typeof EventParameters>

export const eventRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'events.list',
    summary: 'Lists what happened, the newest first.',
    method: 'GET',
    path: '/events',
    permission: 'events.read',
    query: EventParameters,
    response: ListOf(EventView),
    handle: async ({ query, caller }) => {
      const asked = await eventQuery(deps, query, caller)
      return asked.ok ? ok(pageAnswer(await deps.store.events.list(deps.store.read, asked.value), eventView)) : asked
    },
  }),
  route({
    tag: TAG,
    id: 'events.get',
    summary: 'Tells one event.',
    method: 'GET',
    path: '/events/:event',
    permission: 'events.read',
    response: EventView,
    handle: async ({ params, caller }) => {
      const event = await deps.store.events.get(deps.store.read, idIn<EventId>(params, 'event'))
      const organisation = event?.organisation ?? 'main'
      return event && organisation === caller.person.user.organisation
        ? ok({ body: eventView(event) })
        : refuse('not_found', 'There is no such event.')
    },
  }),
]

const eventQuery = async (
  deps: ApiDeps,
  query: EventParameters,
  caller: Caller,
): Promise<Result<EventQuery, ApiFailure>> => {
  const after = query.after === undefined ? undefined : readInstant(query.after)
  const before = query.before === undefined ? undefined : readInstant(query.before)
  if (after === null || before === null) {
    const path = after === null ? 'after' : 'before'
    return refuse('bad_query', 'The query is not valid.', [{ path, message: 'is no date' }])
  }
  return ok({
    ...listQuery(query, caller),
    ...(query.type === undefined ? {} : { types: query.type }),
    ...(query.actor === undefined ? {} : { actor: await actorId(deps, caller, query.actor) }),
    ...(query.target === undefined ? {} : { target: query.target }),
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  })
}

/** Events name people by id; whoever asks may know the name only. Clients and the house itself have no other name. */
const actorId = async ({ store }: ApiDeps, caller: Caller, actor: string): Promise<string> => {
  const user = await findUser(store, store.read, caller, actor)
  return user.ok ? user.value.id : actor
}
