/**
 * Sessions: begun at sign-in under a new cookie (F01), slid on by use, ended by the person, an administrator, a
 * password change or time. The cookie's value is known to the browser only; the store has its keyed hash.
 */
import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/clock.ts'
import { newId, type SessionId, type UserId } from '../base/ids.ts'
import { type Random, token } from '../base/random.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { KeyRing } from '../domain/keys/key-ring.ts'
import type { Person } from '../domain/people/person.ts'
import { isLive, type Proof, type Session, type SessionLifetimes } from '../domain/sessions/session.ts'
import type { EventDraft } from '../events/event.ts'
import type { NewSession, Store, Tx } from '../store/store.ts'
import type { People } from './people.ts'
import { actorOf, clientOf, type Recorder } from './recorder.ts'

export type IssuedSession = { readonly session: Session; readonly cookie: string }

export type BeginSession = {
  readonly user: UserId
  readonly proofs: readonly Proof[]
  readonly persistent: boolean
  readonly request: RequestFacts
  /** When this browser first signed the person in; left out for one that is new. */
  readonly deviceSince?: number
}

export type Sessions = {
  /** Who holds this cookie, or null: unknown, ended, timed out, or of a person who may no longer. */
  signedIn(cookie: string): Promise<{ session: Session; person: Person } | null>
  byId(id: SessionId): Promise<Session | null>
  /** In the transaction of the sign-in. The person's row is read there, so a disable that came first wins. */
  begin(tx: Tx, input: BeginSession): Promise<IssuedSession>
  /** More proven in the same session: a new cookie, the old one dead. */
  prove(tx: Tx, session: Session, proofs: readonly Proof[], now: number): Promise<IssuedSession>
  /** A new cookie, where what the session may do changed. Not a sign-in: when that was, stands. */
  rotate(tx: Tx, session: Session, proofs: readonly Proof[], now: number): Promise<IssuedSession>
  end(tx: Tx, session: Session, event: EventDraft): Promise<void>
  endAll(tx: Tx, user: UserId, event: EventDraft, except?: SessionId): Promise<number>
}

/** Refused inside the transaction: the person was disabled or deleted meanwhile. */
export class NoLongerAllowed extends Error {
  constructor() {
    super('the person may no longer sign in')
    this.name = 'NoLongerAllowed'
  }
}

/** Told of the session that a new sign-in at the same browser takes the place of. */
export const signedInAnew = (
  { session, person }: { readonly session: Session; readonly person: Person },
  request: RequestFacts,
): EventDraft => ({
  type: 'session.ended',
  actor: actorOf(person),
  target: `sessions/${session.id}`,
  detail: { why: 'signed in anew' },
  client: clientOf(request),
})

type Deps = {
  readonly store: Store
  readonly ring: KeyRing
  readonly people: People
  readonly recorder: Recorder
  readonly clock: Clock
  readonly random: Random
  readonly lifetimes: () => SessionLifetimes | Promise<SessionLifetimes>
  readonly log: (message: string, error: unknown) => void
}

// Sliding on at every request would be a write at every request.
const SLIDE_EVERY = MINUTE

export const createSessions = (deps: Deps): Sessions => {
  const { store, ring, clock, random } = deps
  const hash = (cookie: string) => ring.hash('session', cookie)

  const slide = async (session: Session, now: number): Promise<void> => {
    if (now - session.lastSeenAt < SLIDE_EVERY) return
    const lifetimes = await deps.lifetimes()
    const idle = session.persistent ? lifetimes.persistentIdle : lifetimes.idle
    const idleEndsAt = Math.min(session.endsAt, now + idle)
    // Not waited for: the answer does not depend on it, and a lost one only ends the session a minute earlier.
    store
      .write((tx) => store.sessions.touch(tx, session.id, now, idleEndsAt))
      .catch((error) => deps.log('a session was not slid on', error))
  }

  const rotate = async (
    tx: Tx,
    session: Session,
    proofs: readonly Proof[],
    authTime: number,
    now: number,
  ): Promise<IssuedSession> => {
    const cookie = token(random)
    const kept = session.proofs.filter((old) => !proofs.some((one) => one.method === old.method))
    const facts = { proofs: [...kept, ...proofs], authTime }
    await store.sessions.rotate(tx, session.id, hash(cookie), facts, now)
    return { session: { ...session, ...facts }, cookie }
  }

  return {
    signedIn: async (cookie) => {
      const session = await store.sessions.byTokenHash(store.read, hash(cookie))
      if (!session) return null
      const person = await deps.people.byId(session.userId)
      const now = clock.now()
      if (!person || !isLive(session, person.user, now)) return null
      await slide(session, now)
      return { session, person }
    },
    byId: async (id) => (await store.sessions.byId(store.read, id)) ?? null,
    begin: async (tx, input) => {
      const user = await store.users.byId(tx, input.user)
      if (!user?.active || isOutdated(input.proofs, user.passwordChangedAt)) throw new NoLongerAllowed()
      const lifetimes = await deps.lifetimes()
      const cookie = token(random)
      const session = newSession(input, user.generation, user.organisation, lifetimes, random)
      await store.sessions.insert(tx, { ...session, tokenHash: hash(cookie) })
      await store.users.recordLogin(tx, user.id, input.request.at)
      return { session, cookie }
    },
    prove: (tx, session, proofs, now) => rotate(tx, session, proofs, now, now),
    rotate: (tx, session, proofs, now) => rotate(tx, session, proofs, session.authTime, now),
    end: async (tx, session, event) => {
      const now = clock.now()
      if (!(await store.sessions.end(tx, session.id, now))) return
      await store.grants.endOfSession(tx, session.id, now, 'session ended')
      await deps.recorder.in(tx, event)
    },
    endAll: async (tx, user, event, except) => {
      const now = clock.now()
      for (const session of await store.sessions.of(tx, user, now)) {
        if (session.id !== except) await store.grants.endOfSession(tx, session.id, now, 'sessions ended')
      }
      const ended = await store.sessions.endAllOf(tx, user, now, except)
      await deps.recorder.in(tx, { ...event, detail: { ...event.detail, ended } })
      return ended
    },
  }
}

// F13: an attempt that proved the old password and waited must not outlive the change that shut its holder out.
const isOutdated = (proofs: readonly Proof[], passwordChangedAt: number | null): boolean =>
  passwordChangedAt !== null && proofs.some((proof) => proof.method === 'pwd' && proof.at < passwordChangedAt)

const newSession = (
  input: BeginSession,
  generation: number,
  organisation: string,
  lifetimes: SessionLifetimes,
  random: Random,
): Omit<NewSession, 'tokenHash'> => {
  const now = input.request.at
  const endsAt = now + (input.persistent ? lifetimes.persistentAbsolute : lifetimes.absolute)
  const idle = input.persistent ? lifetimes.persistentIdle : lifetimes.idle
  return {
    id: newId<SessionId>(now, random),
    userId: input.user,
    generation,
    createdAt: now,
    lastSeenAt: now,
    authTime: now,
    proofs: input.proofs,
    idleEndsAt: Math.min(endsAt, now + idle),
    endsAt,
    persistent: input.persistent,
    ip: input.request.ip,
    userAgent: input.request.userAgent.slice(0, 400),
    ...(input.deviceSince === undefined ? {} : { deviceSince: input.deviceSince }),
    organisation,
  }
}
