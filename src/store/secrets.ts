/** Queries of the secrets that specs refer to: cipher text, apart from all history. */
import type { Sealed } from '../base/secret.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import type { SecretStore } from './store.ts'

type SecretRow = { id: string; sealed: Sealed; version: number }

const find = prepared((db, p: Bind<{ id: string }>) =>
  db.selectFrom('secrets').select(['sealed', 'version']).where('id', '=', p('id')),
)

const findAll = prepared((db, _p: Bind<object>) =>
  db.selectFrom('secrets').select(['id', 'sealed', 'version']).orderBy('id'),
)

const putRow = prepared((db, p: Bind<SecretRow>) =>
  db
    .insertInto('secrets')
    .values(bindAll(p, ['id', 'sealed', 'version']))
    .onConflict((conflict) => conflict.column('id').doUpdateSet(bindAll(p, ['sealed', 'version']))),
)

const removeRow = prepared((db, p: Bind<{ id: string }>) => db.deleteFrom('secrets').where('id', '=', p('id')))

export const secrets: SecretStore = {
  get: async (tx, id) => {
    const row = await find.first(tx, { id })
    return row && { sealed: row.sealed, version: row.version }
  },

  all: async (tx) => (await findAll.all(tx, {})).map(({ id, sealed, version }) => ({ id, sealed, version })),

  put: async (tx, id, sealed, version) => {
    await putRow.run(tx, { id, sealed, version })
    noteChange(tx, 'secrets', id)
  },

  remove: async (tx, id) => {
    if ((await removeRow.run(tx, { id })) === 0) return false
    noteChange(tx, 'secrets', id)
    return true
  },
}
