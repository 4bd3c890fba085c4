/** Resources, their revisions, what is unique about them and whom they name; secrets and keys. */
import { sql } from 'kysely'
import type { Migration } from './migration.ts'

export const configuration: Migration = {
  number: 2,
  name: 'configuration',
  up: (db, { text, integer, json, sequence, table, pairs }) => [
    table(
      db.schema
        .createTable('resources')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('slug', text, (column) => column.notNull())
        .addColumn('schema', integer, (column) => column.notNull())
        .addColumn('spec', json, (column) => column.notNull())
        .addColumn('revision', integer, (column) => column.notNull())
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('managed_by', text)
        .addColumn('search', text, (column) => column.notNull())
        .addColumn('updated_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('resources__slug').unique().on('resources').columns(['slug', 'type']),

    table(
      db.schema
        .createTable('revisions')
        .addColumn('seq', sequence)
        .addColumn('resource', text, (column) => column.notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('slug', text, (column) => column.notNull())
        .addColumn('revision', integer, (column) => column.notNull())
        .addColumn('schema', integer, (column) => column.notNull())
        .addColumn('spec', json)
        .addColumn('actor', json, (column) => column.notNull())
        .addColumn('why', text)
        .addColumn('at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('revisions__revision').unique().on('revisions').columns(['type', 'slug', 'revision']),

    pairs(
      db.schema
        .createTable('lookups')
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('resource', text, (column) => column.notNull().references('resources.id').onDelete('cascade'))
        .addPrimaryKeyConstraint('lookups_pkey', ['kind', 'key']),
    ),
    db.schema.createIndex('lookups_of_resource').on('lookups').column('resource'),

    pairs(
      db.schema
        .createTable('refs')
        .addColumn('from_type', text, (column) => column.notNull())
        .addColumn('from_id', text, (column) => column.notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('slug', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('refs_pkey', ['from_id', 'type', 'slug']),
    ),
    db.schema.createIndex('refs_to').on('refs').columns(['type', 'slug']),

    pairs(
      db.schema
        .createTable('secrets')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('sealed', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull()),
    ),

    pairs(
      db.schema
        .createTable('keys')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('purpose', text, (column) => column.notNull())
        .addColumn('wrapped', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull()),
    ),

    table(
      db.schema
        .createTable('signing_keys')
        .addColumn('kid', text, (column) => column.primaryKey().notNull())
        .addColumn('keypair', text, (column) => column.notNull())
        .addColumn('algorithm', text, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('public_jwk', json, (column) => column.notNull())
        .addColumn('sealed_private_key', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('active_from', integer)
        .addColumn('retired_at', integer)
        .addColumn('remove_at', integer),
    ),
    // One key pair has one key that signs and one that is about to.
    db.schema
      .createIndex('signing_keys__state')
      .unique()
      .on('signing_keys')
      .columns(['state', 'keypair'])
      .where('state', 'in', [sql.lit('next'), sql.lit('active')]),
  ],
}
