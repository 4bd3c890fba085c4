/** What somebody holds, taken away in the transaction of its reason: sessions, what clients were given, tokens. */
import type { SessionId, UserId } from '../base/ids.ts'
import type { Store, Tx } from '../store/store.ts'

type Reason = {
  readonly user: UserId
  readonly why: string
  readonly now: number
  /** A session that stays. */
  readonly except?: SessionId | undefined
}

/** Sessions, with what was given in them for as long as they last; what outlives a session, and tokens, stand. */
export const endSessions = async (
  store: Pick<Store, 'sessions' | 'grants'>,
  tx: Tx,
  { user, why, now, except }: Reason,
) => {
  for (const { id } of await store.sessions.of(tx, user, now)) {
    if (id !== except) await store.grants.endOfSession(tx, id, now, why)
  }
  return { sessions: await store.sessions.endAllOf(tx, user, now, except) }
}

/** Tells how much there was, for the event. */
export const endEverything = async (
  store: Pick<Store, 'sessions' | 'grants' | 'tokens'>,
  tx: Tx,
  { user, why, now, except }: Reason,
) => ({
  sessions: await store.sessions.endAllOf(tx, user, now, except),
  grants: await store.grants.endAllOf(tx, user, now, why),
  tokens: await store.tokens.removeAllOf(tx, user),
})
