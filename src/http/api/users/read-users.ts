/** Reads people with what belongs to them. */
import type { UserId } from '../../../base/ids.ts'
import type { Email, User } from '../../../domain/users/user.ts'
import type { Store, Tx } from '../../../store/store.ts'
import type { WholeUser } from './user-values.ts'

type PeopleStore = Pick<Store, 'users' | 'emails' | 'groups'>

export const readWhole = async (store: PeopleStore, tx: Tx, user: User): Promise<WholeUser> => ({
  user,
  emails: (await store.emails.of(tx, user.id)).sort(primaryFirst),
  memberships: await store.groups.memberships(tx, user.id),
  subjects: await store.users.subjects(tx, user.id),
})

/** Many at once, without their subjects. */
export const readMany = async (store: PeopleStore, tx: Tx, users: readonly User[]): Promise<WholeUser[]> => {
  const ids: UserId[] = users.map((user) => user.id)
  const emails = Map.groupBy(await store.emails.ofMany(tx, ids), (email) => email.userId)
  const memberships = Map.groupBy(await store.groups.membershipsOfMany(tx, ids), (one) => one.userId)
  return users.map((user) => ({
    user,
    emails: (emails.get(user.id) ?? []).sort(primaryFirst),
    memberships: memberships.get(user.id) ?? [],
    subjects: null,
  }))
}

/** In one order on every engine: the primary one, then by address. */
const primaryFirst = (a: Email, b: Email): number =>
  Number(b.primary) - Number(a.primary) || (a.address < b.address ? -1 : Number(a.address > b.address))
