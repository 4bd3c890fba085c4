/**
 * Writes events: gives each its id and time, makes it fit to be kept, and keeps strangers from writing without end. Every
 * event of the house comes through here; the store takes none that did not.
 */
import type { Clock } from '../base/clock.ts'
import { HOUR, MINUTE } from '../base/clock.ts'
import { type EventId, newId } from '../base/ids.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import type { Random } from '../base/random.ts'
import type { Timers } from '../base/timers.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Person } from '../domain/people/person.ts'
import type { User } from '../domain/users/user.ts'
import type { Actor, EventDraft } from '../events/event.ts'
import { createRepeatedRefusals } from '../events/repeated-refusals.ts'
import { tidyEvent } from '../events/tidy-event.ts'
import type { Store, Tx } from '../store/store.ts'

export type Recorder = {
  /** With the effect it tells of: in the same transaction. */
  in(tx: Tx, event: EventDraft): Promise<void>
  /** An event that is its own effect, such as a refusal. */
  alone(event: EventDraft): Promise<void>
  /**
   * For what happens too often to be an event each: counted by the hour with its effect, in the same transaction. Once
   * the hour is over, equal ones are one event with their count (`tellCounts`). Where it came from is left out.
   */
  counted(tx: Tx, event: EventDraft): Promise<void>
  /** Calls `follower` once for each event this process recorded, after its commit. Returns how to stop. */
  follow(follower: (event: EventDraft) => void): () => void
  /** Tells of the refusals that were only counted so far. */
  close(): Promise<void>
}

type Deps = {
  readonly store: Pick<Store, 'write' | 'afterCommit' | 'events'>
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: { error(message: string, error: unknown): void }
}

export const createRecorder = ({ store, clock, random, timers, log }: Deps): Recorder => {
  const refusals = createRepeatedRefusals()
  const followers = new Set<(event: EventDraft) => void>()
  let cancelTelling: (() => void) | null = null

  const write = async (tx: Tx, event: EventDraft): Promise<void> => {
    const now = clock.now()
    await store.events.record(tx, newId<EventId>(now, random), now, tidyEvent(event))
    store.afterCommit(tx, () => {
      for (const follower of followers) follower(event)
    })
  }

  const tellRepeated = async (): Promise<void> => {
    const events = refusals.take()
    if (events.length === 0) return
    try {
      await store.write(async (tx) => {
        for (const event of events) await write(tx, event)
      })
    } catch (error) {
      log.error(`${events.length} counts of repeated refusals were not recorded`, error)
    }
  }

  const count = (event: EventDraft): void => {
    refusals.count(event, clock.now())
    cancelTelling ??= timers.after(MINUTE, () => {
      cancelTelling = null
      void tellRepeated()
    })
  }

  return {
    in: async (tx, event) => {
      if (refusals.isTold(event, clock.now())) return write(tx, event)
      store.afterCommit(tx, () => count(event))
    },
    alone: async (event) => {
      if (refusals.isTold(event, clock.now())) await store.write((tx) => write(tx, event))
      else count(event)
    },
    counted: async (tx, event) => {
      const { client: _, ...rest } = tidyEvent(event)
      // An event is plain JSON by its type; the index signature is what TypeScript misses.
      const key = canonicalJson(rest as unknown as Json)
      await store.events.count(tx, key, Math.floor(clock.now() / HOUR), 1)
    },
    follow: (follower) => {
      followers.add(follower)
      return () => void followers.delete(follower)
    },
    close: async () => {
      cancelTelling?.()
      cancelTelling = null
      await tellRepeated()
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
