/** Queries of the wrapped data keys. */

import { executorOf } from './dialect/executor.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import type { DataKey, KeyStore } from './store.ts'
import type { ConfigurationTables } from './tables/configuration.ts'

type KeyRow = ConfigurationTables['keys']

const COLUMNS = ['id', 'purpose', 'wrapped', 'created_at'] as const

const toKey = (row: KeyRow): DataKey => ({
  id: row.id,
  purpose: row.purpose,
  wrapped: row.wrapped,
  createdAt: row.created_at,
})

const toRow = (key: DataKey): KeyRow => ({
  id: key.id,
  purpose: key.purpose,
  wrapped: key.wrapped,
  created_at: key.createdAt,
})

const findAll = prepared((db, _p: Bind<object>) =>
  db.selectFrom('keys').select(COLUMNS).orderBy('created_at').orderBy('id'),
)

const firstOf = prepared((db, p: Bind<{ purpose: string }>) =>
  db
    .selectFrom('keys')
    .select(COLUMNS)
    .where('purpose', '=', p('purpose'))
    .orderBy('created_at')
    .orderBy('id')
    .limit(1),
)

const insertRow = prepared((db, p: Bind<KeyRow>) => db.insertInto('keys').values(bindAll(p, COLUMNS)))

const rewrapRow = prepared((db, p: Bind<{ id: string; wrapped: string }>) =>
  db
    .updateTable('keys')
    .set({ wrapped: p('wrapped') })
    .where('id', '=', p('id')),
)

export const keys: KeyStore = {
  all: async (tx) => (await findAll.all(tx, {})).map(toKey),

  insertFirst: async (tx, key) => {
    await executorOf(tx).exclusive('keys')
    const standing = await firstOf.first(tx, { purpose: key.purpose })
    if (standing) return toKey(standing)
    await insertRow.run(tx, toRow(key))
    noteChange(tx, 'keys', key.id)
    return key
  },

  insert: async (tx, key) => {
    await insertRow.run(tx, toRow(key))
    noteChange(tx, 'keys', key.id)
  },

  rewrap: async (tx, id, wrapped) => {
    await rewrapRow.run(tx, { id, wrapped })
    noteChange(tx, 'keys', id)
  },
}
