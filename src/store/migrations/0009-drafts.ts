/** Drafts of resources: what is being written and does not serve yet, one for each. */
import type { Migration } from './migration.ts'

export const drafts: Migration = {
  number: 9,
  name: 'drafts',
  up: (db, { text, integer, json, table }) => [
    table(
      db.schema
        .createTable('drafts')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('slug', text, (column) => column.notNull())
        .addColumn('schema', integer, (column) => column.notNull())
        .addColumn('spec', json, (column) => column.notNull())
        .addColumn('based_on', integer, (column) => column.notNull())
        .addColumn('actor', json, (column) => column.notNull())
        .addColumn('note', text)
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('saved_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('drafts__slug').unique().on('drafts').columns(['slug', 'type']),
  ],
}
