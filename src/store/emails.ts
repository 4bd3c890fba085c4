/** Queries of e-mail addresses. A change of an address is a change of its person: caches hold people whole. */

import { sql } from 'kysely'
import type { EmailId, UserId } from '../base/ids.ts'
import { type Email, emailKey } from '../domain/users/user.ts'
import { among, type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { Conflict, type EmailStore } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { PeopleTables } from './tables/people.ts'

const COLUMNS = ['id', 'user_id', 'address', 'is_primary', 'verified_at', 'verified_by'] as const

type EmailRow = Pick<PeopleTables['emails'], 'id' | 'user_id' | 'address' | 'verified_at' | 'verified_by'> & {
  is_primary: boolean | number
}

const toEmail = (row: EmailRow): Email => ({
  id: row.id,
  userId: row.user_id,
  address: row.address,
  primary: Boolean(row.is_primary),
  verifiedAt: row.verified_at,
  verifiedBy: row.verified_by,
})

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('emails').select(COLUMNS).where('user_id', '=', p('user')).orderBy('id'),
)

const ofUsers = prepared((db, p: Bind<{ users: readonly UserId[] }>, engine) =>
  db
    .selectFrom('emails')
    .select(COLUMNS)
    .where(among(engine, sql.ref('user_id'), p('users')))
    .orderBy('id'),
)

const byId = prepared((db, p: Bind<{ id: EmailId }>) =>
  db.selectFrom('emails').select(COLUMNS).where('id', '=', p('id')),
)

const verifiedHolder = prepared((db, p: Bind<{ key: string }>) =>
  db.selectFrom('emails').select('user_id').where('address_key', '=', p('key')).where('verified_at', 'is not', null),
)

const anyHolder = prepared((db, p: Bind<{ key: string }>) =>
  db.selectFrom('emails').select('user_id').where('address_key', '=', p('key')).limit(1),
)

const WRITTEN = ['id', 'user_id', 'address', 'address_key', 'is_primary', 'verified_at', 'verified_by'] as const

const insertRow = prepared((db, p: Bind<RowToInsert<PeopleTables['emails']>>) =>
  db
    .insertInto('emails')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id'),
)

const markVerified = prepared((db, p: Bind<{ id: EmailId; by: NonNullable<Email['verifiedBy']>; now: number }>) =>
  db
    .updateTable('emails')
    .set({ verified_at: p('now'), verified_by: p('by') })
    .where('id', '=', p('id')),
)

const setPrimaries = prepared((db, p: Bind<{ user: UserId; id: EmailId | null; primary: boolean }>) =>
  db
    .updateTable('emails')
    .set({ is_primary: p('primary') })
    .where('user_id', '=', p('user'))
    .where('id', '=', p('id')),
)

const unsetPrimaries = prepared((db, p: Bind<{ user: UserId; no: boolean; yes: boolean }>) =>
  db
    .updateTable('emails')
    .set({ is_primary: p('no') })
    .where('user_id', '=', p('user'))
    .where('is_primary', '=', p('yes')),
)

const removeRow = prepared((db, p: Bind<{ id: EmailId }>) =>
  db.deleteFrom('emails').where('id', '=', p('id')).returning('user_id'),
)

export const emails: EmailStore = {
  of: async (tx, user) => (await ofUser.all(tx, { user })).map(toEmail),
  taken: async (tx, address) => (await anyHolder.first(tx, { key: emailKey(address) })) !== undefined,
  ofMany: async (tx, users) => (await ofUsers.all(tx, { users })).map(toEmail),

  insert: async (tx, email) => {
    const key = emailKey(email.address)
    const holder = await verifiedHolder.first(tx, { key })
    if (holder && holder.user_id !== email.userId) throw new Conflict('emails.address')
    if (email.primary) await unsetPrimaries.run(tx, { user: email.userId, no: false, yes: true })
    const inserted = await insertRow.first(tx, {
      id: email.id,
      user_id: email.userId,
      address: email.address,
      address_key: key,
      is_primary: email.primary,
      verified_at: email.verifiedAt,
      verified_by: email.verifiedBy,
    })
    if (!inserted) throw new Conflict('emails.address')
    noteChange(tx, 'users', email.userId)
  },

  verify: async (tx, id, by, now) => {
    const email = await byId.first(tx, { id })
    if (!email) throw new Conflict('emails.id')
    const holder = await verifiedHolder.first(tx, { key: emailKey(email.address) })
    // Two who verify one address at the same time: the unique index lets one of them through.
    if (holder && holder.user_id !== email.user_id) throw new Conflict('emails.address')
    await markVerified.run(tx, { id, by, now })
    noteChange(tx, 'users', email.user_id)
  },

  setPrimary: async (tx, user, id) => {
    await unsetPrimaries.run(tx, { user, no: false, yes: true })
    if ((await setPrimaries.run(tx, { user, id, primary: true })) === 0) throw new Conflict('emails.id')
    noteChange(tx, 'users', user)
  },

  remove: async (tx, id) => {
    const removed = await removeRow.first(tx, { id })
    if (!removed) return false
    noteChange(tx, 'users', removed.user_id)
    return true
  },
}
