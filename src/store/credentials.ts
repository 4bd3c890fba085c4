/** Queries of credentials: what a person proves themselves with. Adding and removing one changes the person. */

import { sql } from 'kysely'
import type { CredentialId, UserId } from '../base/ids.ts'
import { sameJson } from '../base/json.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, locked, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { Conflict, type Credential, type CredentialStore, type Tx } from './store.ts'
import type { JsonColumn } from './tables/column-types.ts'
import type { PeopleTables } from './tables/people.ts'

type CredentialRow = PeopleTables['credentials']
type ShownRow = Omit<CredentialRow, 'lookup'>

const COLUMNS = ['id', 'user_id', 'kind', 'name', 'data', 'created_at', 'last_used_at'] as const

const toCredential = (row: ShownRow): Credential => ({
  id: row.id,
  userId: row.user_id,
  kind: row.kind,
  name: row.name,
  data: fromJson(row.data),
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
})

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('credentials').select(COLUMNS).where('user_id', '=', p('user')).orderBy('created_at').orderBy('id'),
)

const ofKind = prepared((db, p: Bind<{ user: UserId; kind: string }>) =>
  db
    .selectFrom('credentials')
    .select(COLUMNS)
    .where('user_id', '=', p('user'))
    .where('kind', '=', p('kind'))
    .orderBy('created_at')
    .orderBy('id'),
)

const findById = prepared((db, p: Bind<{ id: CredentialId }>) =>
  db.selectFrom('credentials').select(COLUMNS).where('id', '=', p('id')),
)

const lockById = prepared((db, p: Bind<{ id: CredentialId }>, engine) =>
  locked(db.selectFrom('credentials').select(COLUMNS).where('id', '=', p('id')), engine),
)

const findByLookup = prepared((db, p: Bind<{ lookup: string }>) =>
  db.selectFrom('credentials').select(COLUMNS).where('lookup', '=', p('lookup')),
)

const insertRow = prepared((db, p: Bind<CredentialRow>) =>
  db
    .insertInto('credentials')
    .values(bindAll(p, [...COLUMNS, 'lookup'] as const))
    .onConflict((conflict) => conflict.column('lookup').doNothing())
    .returning('id'),
)

const setData = prepared((db, p: Bind<{ id: CredentialId; data: JsonColumn; now: number }>) =>
  db
    .updateTable('credentials')
    .set({ data: p('data'), last_used_at: p('now') })
    .where('id', '=', p('id')),
)

const touchRow = prepared((db, p: Bind<{ id: CredentialId; now: number }>) =>
  db
    .updateTable('credentials')
    .set({ last_used_at: p('now') })
    .where('id', '=', p('id')),
)

const renameRow = prepared((db, p: Bind<{ id: CredentialId; name: string }>) =>
  db
    .updateTable('credentials')
    .set({ name: p('name') })
    .where('id', '=', p('id')),
)

const removeRow = prepared((db, p: Bind<{ id: CredentialId }>) =>
  db.deleteFrom('credentials').where('id', '=', p('id')).returning('user_id'),
)

const putPassword = prepared((db, p: Bind<ShownRow>) =>
  db
    .insertInto('credentials')
    .values(bindAll(p, COLUMNS))
    .onConflict((conflict) =>
      conflict
        .column('user_id')
        // Spelled out: only a constant lets the engine see that it is the partial index which is meant.
        .where('kind', '=', sql.lit('password'))
        .doUpdateSet({ data: p('data'), last_used_at: p('last_used_at') }),
    ),
)

const markPasswordChange = prepared((db, p: Bind<{ user: UserId; now: number; must: number | null }>) =>
  db
    .updateTable('users')
    .set({ password_changed_at: p('now'), must_change_password: p('must') })
    .where('id', '=', p('user')),
)

const keepFormer = prepared((db, p: Bind<PeopleTables['former_passwords']>) =>
  db.insertInto('former_passwords').values(bindAll(p, ['id', 'user_id', 'hash', 'replaced_at'] as const)),
)

const formerOf = prepared((db, p: Bind<{ user: UserId; limit: number }>) =>
  db
    .selectFrom('former_passwords')
    .select('hash')
    .where('user_id', '=', p('user'))
    .orderBy('replaced_at', 'desc')
    .orderBy('id', 'desc')
    .limit(p('limit')),
)

const dropFormer = prepared((db, p: Bind<{ user: UserId; keep: number }>) =>
  db
    .deleteFrom('former_passwords')
    .where('user_id', '=', p('user'))
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('former_passwords as kept')
        .select('kept.id')
        .where('kept.user_id', '=', p('user'))
        .orderBy('kept.replaced_at', 'desc')
        .orderBy('kept.id', 'desc')
        .limit(p('keep')),
    ),
)

/** Puts the password that is about to go among the former ones, of which the newest stay. */
const retire = async (tx: Tx, user: UserId, id: CredentialId, keep: number, now: number): Promise<void> => {
  const [present] = await ofKind.all(tx, { user, kind: 'password' })
  const hash = present && toCredential(present).data.hash
  if (keep > 0 && typeof hash === 'string') await keepFormer.run(tx, { id, user_id: user, hash, replaced_at: now })
  await dropFormer.run(tx, { user, keep })
}

export const credentials: CredentialStore = {
  of: async (tx, user, kind) => {
    const rows = kind === undefined ? await ofUser.all(tx, { user }) : await ofKind.all(tx, { user, kind })
    return rows.map(toCredential)
  },

  byId: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toCredential(row)
  },

  byLookup: async (tx, lookup) => {
    const row = await findByLookup.first(tx, { lookup })
    return row && toCredential(row)
  },

  insert: async (tx, credential) => {
    const inserted = await insertRow.first(tx, {
      id: credential.id,
      user_id: credential.userId,
      kind: credential.kind,
      name: credential.name,
      data: toJson(credential.data),
      created_at: credential.createdAt,
      last_used_at: credential.lastUsedAt,
      lookup: credential.lookup ?? null,
    })
    if (!inserted) throw new Conflict('credentials.lookup')
    noteChange(tx, 'users', credential.userId)
  },

  replaceData: async (tx, id, before, after, now) => {
    const row = await lockById.first(tx, { id })
    if (!row || !sameJson(fromJson(row.data), before)) return false
    await setData.run(tx, { id, data: toJson(after), now })
    return true
  },

  touch: async (tx, id, now) => {
    await touchRow.run(tx, { id, now })
  },

  rename: async (tx, id, name) => {
    await renameRow.run(tx, { id, name })
  },

  remove: async (tx, id) => {
    const removed = await removeRow.first(tx, { id })
    if (!removed) return false
    noteChange(tx, 'users', removed.user_id)
    return true
  },

  formerPasswords: async (tx, user, limit) => (await formerOf.all(tx, { user, limit })).map(({ hash }) => hash),

  setPassword: async (tx, user, id, hash, now, { keep = 0, mustChange = false } = {}) => {
    await retire(tx, user, id, keep, now)
    const data = toJson({ hash })
    await putPassword.run(tx, {
      id,
      user_id: user,
      kind: 'password',
      name: '',
      data,
      created_at: now,
      last_used_at: null,
    })
    await markPasswordChange.run(tx, { user, now, must: mustChange ? now : null })
    noteChange(tx, 'users', user)
  },
}
