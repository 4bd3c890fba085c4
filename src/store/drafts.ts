/** Queries of drafts. Nothing serves from them, so they note no change. */
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { DraftStore, StoredDraft } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { ConfigurationTables } from './tables/configuration.ts'

type DraftRow = ConfigurationTables['drafts']

const COLUMNS = [
  'id',
  'type',
  'slug',
  'schema',
  'spec',
  'based_on',
  'actor',
  'note',
  'organisation',
  'saved_at',
] as const

const toDraft = (row: DraftRow): StoredDraft => ({
  id: row.id,
  type: row.type,
  slug: row.slug,
  schema: row.schema,
  spec: fromJson(row.spec),
  basedOn: row.based_on,
  actor: fromJson(row.actor),
  note: row.note,
  organisation: row.organisation,
  savedAt: row.saved_at,
})

type Name = { type: string; slug: string }

const find = prepared((db, p: Bind<Name>) =>
  db.selectFrom('drafts').select(COLUMNS).where('slug', '=', p('slug')).where('type', '=', p('type')),
)

const putRow = prepared((db, p: Bind<RowToInsert<DraftRow>>) =>
  db
    .insertInto('drafts')
    .values(bindAll(p, COLUMNS))
    .onConflict((conflict) =>
      conflict
        .columns(['slug', 'type'])
        .doUpdateSet(bindAll(p, ['id', 'schema', 'spec', 'based_on', 'actor', 'note', 'organisation', 'saved_at'])),
    ),
)

const removeRow = prepared((db, p: Bind<{ id: string }>) => db.deleteFrom('drafts').where('id', '=', p('id')))

export const drafts: DraftStore = {
  get: async (tx, type, slug) => {
    const row = await find.first(tx, { type, slug })
    return row && toDraft(row)
  },

  put: async (tx, draft) => {
    await putRow.run(tx, {
      id: draft.id,
      type: draft.type,
      slug: draft.slug,
      schema: draft.schema,
      spec: toJson(draft.spec),
      based_on: draft.basedOn,
      actor: toJson(draft.actor),
      note: draft.note,
      organisation: draft.organisation,
      saved_at: draft.savedAt,
    })
  },

  remove: async (tx, id) => (await removeRow.run(tx, { id })) === 1,
}
