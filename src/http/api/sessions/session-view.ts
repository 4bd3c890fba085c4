/** A session as the API tells it: where from, how strongly signed in, until when. The cookie is known to the browser only. */
import type { Json, JsonObject } from '../../../base/json.ts'
import { Closed, Type } from '../../../base/schema.ts'
import { amrOf, type Session } from '../../../domain/sessions/session.ts'
import type { ListedSession } from '../../../store/store.ts'
import { Instant, instant, MaybeInstant, maybeInstant } from '../shapes.ts'

export const SessionView = Closed(
  {
    id: Type.String({ format: 'id' }),
    user_id: Type.String({ format: 'id' }),
    created_at: Instant('When it began.'),
    last_seen_at: Instant('When it was last used, to the minute.'),
    auth_time: Instant('When the person last proved who they are.'),
    methods: Type.Array(Type.String(), { description: 'What was proven, as in `amr` (RFC 8176).' }),
    idle_ends_at: Instant('Without use it ends here.'),
    ends_at: Instant('It ends here whatever happens.'),
    persistent: Type.Boolean({ description: 'Whether it outlives the browser.' }),
    ip: Type.String(),
    user_agent: Type.String(),
  },
  { title: 'Session' },
)

/** Of a list of everybody's, with those that are over. */
export const ListedSessionView = Closed(
  {
    ...SessionView.properties,
    username: Type.String(),
    active: Type.Boolean({ description: 'Whether somebody is signed in by it now.' }),
    ended_at: MaybeInstant('When it was ended; null where it goes on, or time ended it.'),
  },
  { title: 'ListedSession' },
)

export const listedSessionView = (session: ListedSession): Json => ({
  ...sessionView(session),
  username: session.username,
  active: session.active,
  ended_at: maybeInstant(session.endedAt),
})

export const sessionView = (session: Session): JsonObject => ({
  id: session.id,
  user_id: session.userId,
  created_at: instant(session.createdAt),
  last_seen_at: instant(session.lastSeenAt),
  auth_time: instant(session.authTime),
  methods: amrOf(session.proofs),
  idle_ends_at: instant(session.idleEndsAt),
  ends_at: instant(session.endsAt),
  persistent: session.persistent,
  ip: session.ip,
  user_agent: session.userAgent,
})
