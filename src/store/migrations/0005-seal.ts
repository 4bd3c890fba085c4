/** The sealed chain of events, and what lists of sessions and of managed people go by. */
import { sql } from 'kysely'
import type { Migration } from './migration.ts'

export const seal: Migration = {
  number: 5,
  name: 'seal',
  up: (db, { text, integer, json, table }) => [
    table(
      db.schema
        .createTable('event_batches')
        .addColumn('number', integer, (column) => column.primaryKey().notNull())
        .addColumn('first', integer, (column) => column.notNull())
        .addColumn('last', integer, (column) => column.notNull())
        .addColumn('closed_at', integer, (column) => column.notNull())
        .addColumn('previous', text, (column) => column.notNull())
        .addColumn('entries', text, (column) => column.notNull())
        .addColumn('hash', text, (column) => column.notNull())
        .addColumn('kid', text, (column) => column.notNull())
        .addColumn('signature', text, (column) => column.notNull())
        .addColumn('purged', json),
    ),
    table(
      db.schema
        .createTable('seal_keys')
        .addColumn('kid', text, (column) => column.primaryKey().notNull())
        .addColumn('sealed_private_key', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull()),
    ),
    // Holds what waits for its seal and nothing else, so that it stays a page or two.
    db.schema
      .createIndex('events_unsealed')
      .on('events')
      .columns(['at', 'id'])
      .where(sql<boolean>`chain_number is null`),
    db.schema
      .createIndex('users_managed')
      .on('users')
      .columns(['organisation', 'username_key'])
      .where(sql<boolean>`managed_by is not null`),
  ],
}
