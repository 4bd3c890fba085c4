/**
 * Lets go of somebody who locked their account. Whoever signed in as them knew the password, so it goes with that unless
 * whoever unlocks says otherwise; a new one is set by recovery, or by a link that is handed over.
 */
import type { User } from '../../domain/users/user.ts'
import type { Store, Tx } from '../../store/store.ts'

/** In the caller's transaction, and with the caller's event. Tells whether a password was taken away. */
export const releaseLocked = async (
  store: Pick<Store, 'users' | 'credentials'>,
  tx: Tx,
  user: Pick<User, 'id'>,
  { keepPassword, now }: { readonly keepPassword: boolean; readonly now: number },
): Promise<{ readonly passwordRemoved: boolean }> => {
  await store.users.update(tx, user.id, { held: null, active: true }, now)
  if (keepPassword) return { passwordRemoved: false }
  const passwords = await store.credentials.of(tx, user.id, 'password')
  for (const { id } of passwords) await store.credentials.remove(tx, id)
  return { passwordRemoved: passwords.length > 0 }
}
