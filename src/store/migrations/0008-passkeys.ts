/** What a credential is found by without its person, and offers that people said no to. */
import type { Migration } from './migration.ts'

export const passkeys: Migration = {
  number: 8,
  name: 'passkeys',
  up: (db, { text, integer, pairs }) => [
    db.schema.alterTable('credentials').addColumn('lookup', text),
    // Of many rows without one, none is another's: both engines hold null apart from null.
    db.schema.createIndex('credentials__lookup').unique().on('credentials').column('lookup'),
    pairs(
      db.schema
        .createTable('declined')
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('offer', text, (column) => column.notNull())
        .addColumn('until', integer)
        .addPrimaryKeyConstraint('declined_pkey', ['user_id', 'offer']),
    ),
  ],
}
