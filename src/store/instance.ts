/** Facts of the instance. */
import type { Json } from '../base/json.ts'
import { fromJson, type JsonText, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import type { InstanceStore } from './store.ts'

type InstanceRow = { name: string; value: JsonText<Json> }

const find = prepared((db, p: Bind<{ name: string }>) =>
  db.selectFrom('instance').select('value').where('name', '=', p('name')),
)

const put = prepared((db, p: Bind<InstanceRow>) =>
  db
    .insertInto('instance')
    .values(bindAll(p, ['name', 'value']))
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p('value') })),
)

const putOnce = prepared((db, p: Bind<InstanceRow>) =>
  db
    .insertInto('instance')
    .values(bindAll(p, ['name', 'value']))
    .onConflict((conflict) => conflict.doNothing())
    .returning('name'),
)

const removeRow = prepared((db, p: Bind<{ name: string }>) => db.deleteFrom('instance').where('name', '=', p('name')))

export const instance: InstanceStore = {
  get: async (tx, name) => {
    const row = await find.first(tx, { name })
    return row && fromJson(row.value)
  },

  set: async (tx, name, value) => {
    await put.run(tx, { name, value: toJson(value) })
    noteChange(tx, 'instance', name)
  },

  setOnce: async (tx, name, value) => {
    if (!(await putOnce.first(tx, { name, value: toJson(value) }))) return false
    noteChange(tx, 'instance', name)
    return true
  },

  remove: async (tx, name) => {
    if ((await removeRow.run(tx, { name })) === 0) return false
    noteChange(tx, 'instance', name)
    return true
  },
}
