/** What somebody holds, taken away in the transaction of its reason: sessions, what clients were given, tokens. */
import type { SessionId } from '../../../base/ids.ts'
import type { User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'

/** Tells how much there was, for the event. `except` is a session that stays. */
export const endEverything = async (
  { store }: Pick<ApiDeps, 'store'>,
  { tx, now }: Changing,
  user: User,
  why: string,
  except?: SessionId,
) => ({
  sessions: await store.sessions.endAllOf(tx, user.id, now, except),
  grants: await store.grants.endAllOf(tx, user.id, now, why),
  tokens: await store.tokens.removeAllOf(tx, user.id),
})
