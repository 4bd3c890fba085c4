/** Writes events: gives each its id and time, and keeps the shape of a door's request in them. */

import type { Clock } from '../base/clock.ts'
import { type EventId, newId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import type { User } from '../domain/users/user.ts'
import type { Actor, EventDraft } from '../events/event.ts'
import { tidyEvent } from '../events/tidy-event.ts'
import type { Store, Tx } from '../store/store.ts'

export type Recorder = {
  /** With the effect it tells of: in the same transaction. */
  in(tx: Tx, event: EventDraft): Promise<void>
  /** An event that is its own effect, such as a refusal. */
  alone(event: EventDraft): Promise<void>
}

export const createRecorder = (deps: {
  store: Store
  clock: Clock
  random: Random
  log: (event: EventDraft) => void
}): Recorder => {
  const { store, clock, random } = deps
  const write = async (tx: Tx, event: EventDraft) => {
    const now = clock.now()
    await store.events.record(tx, newId<EventId>(now, random), now, tidyEvent(event))
  }
  return {
    in: write,
    alone: async (event) => {
      await store.write((tx) => write(tx, event))
      deps.log(event)
    },
  }
}

/** The actor that a person is. */
export const actorOf = (person: Person | null): Actor => (person ? userActor(person.user) : { kind: 'anonymous' })

export const userActor = ({ id, username }: Pick<User, 'id' | 'username'>): Actor => ({
  kind: 'user',
  id,
  name: username,
})

// Longer user agents are an attack on the log, not a browser (M06).
const LONGEST_AGENT = 400

/** The client part of an event. */
export const clientOf = (request: RequestFacts): NonNullable<EventDraft['client']> => ({
  ip: request.ip,
  userAgent: request.userAgent.slice(0, LONGEST_AGENT),
  request: request.id,
})
