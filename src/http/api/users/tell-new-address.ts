/** Somebody whose mails go elsewhere from now on is told so where they went before: a thief would not tell them. */
import type { Email, User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'

/** In the transaction of the change, after it. `before`: the addresses as they stood. */
export const tellNewAddress = async (
  { store, mails }: Pick<ApiDeps, 'store' | 'mails'>,
  { tx, facts }: Changing,
  user: Pick<User, 'id'>,
  before: readonly Email[],
): Promise<void> => {
  const was = before.find((one) => one.primary && one.verifiedAt !== null)
  const is = (await store.emails.of(tx, user.id)).find((one) => one.primary)
  if (was && was.address !== is?.address) await mails.notify(tx, 'email_changed', user.id, facts, was.address)
}
