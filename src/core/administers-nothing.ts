/** Whether somebody holds no permission at all: only then may they take themselves away without anybody knowing. */
import type { UserId } from '../base/ids.ts'
import type { Tx } from '../store/store.ts'
import { type AuthorityStore, readAuthority } from './authority.ts'

export const administersNothing = async (store: AuthorityStore, tx: Tx, user: UserId, now: number): Promise<boolean> =>
  (await (await readAuthority(store, tx, now)).ofUser(user)).size === 0
