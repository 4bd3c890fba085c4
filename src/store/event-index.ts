/** The columns of an event that lists go by, as its payload says them. */
import type { Actor, EventDraft } from '../events/event.ts'

export const indexedAs = (event: EventDraft) => ({
  type: event.type as string,
  actor_id: actorId(event.actor),
  target: event.target ?? null,
  organisation: event.organisation ?? 'main',
})

// What a token did, its person did: a leaver's traces are found by the one id.
const actorId = (actor: Actor): string | null => {
  if (actor.kind === 'anonymous') return null
  if (actor.kind === 'token') return actor.user
  return actor.kind === 'system' ? actor.name : actor.id
}
