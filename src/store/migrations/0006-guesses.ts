/** Counts of failed guesses, by what they are about. */
import type { Migration } from './migration.ts'

export const guesses: Migration = {
  number: 6,
  name: 'guesses',
  up: (db, { text, integer, pairs }) => [
    pairs(
      db.schema
        .createTable('guess_counts')
        .addColumn('key', text, (column) => column.primaryKey().notNull())
        .addColumn('failures', integer, (column) => column.notNull())
        .addColumn('last_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('guess_counts_by_time').on('guess_counts').column('last_at'),
  ],
}
