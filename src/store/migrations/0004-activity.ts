/** Events with room for their seal, counts, jobs, and the feed of changes. */
import { sql } from 'kysely'
import type { Migration } from './migration.ts'

export const activity: Migration = {
  number: 4,
  name: 'activity',
  up: (db, { text, integer, json, table, pairs }) => [
    table(
      db.schema
        .createTable('events')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('at', integer, (column) => column.notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('actor_id', text)
        .addColumn('target', text)
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('payload', json, (column) => column.notNull())
        .addColumn('payload_hash', text, (column) => column.notNull())
        .addColumn('salt', text, (column) => column.notNull())
        .addColumn('bytes', integer, (column) => column.notNull())
        .addColumn('search', text, (column) => column.notNull())
        .addColumn('chain_number', integer)
        .addColumn('batch', integer),
    ),
    // Listing by time, purging by age and adding the bytes up all read this one; each index costs every sign-in a page.
    db.schema.createIndex('events_by_age').on('events').columns(['at', 'id', 'organisation', 'bytes']),
    db.schema.createIndex('events_by_type').on('events').columns(['type', 'at', 'id']),
    db.schema.createIndex('events_by_actor').on('events').columns(['actor_id', 'at', 'id']),
    db.schema.createIndex('events_by_target').on('events').columns(['target', 'at', 'id']),
    db.schema
      .createIndex('events__chain_number')
      .unique()
      .on('events')
      .column('chain_number')
      .where(sql<boolean>`chain_number is not null`),

    pairs(
      db.schema
        .createTable('event_counts')
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('hour', integer, (column) => column.notNull())
        .addColumn('count', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('event_counts_pkey', ['key', 'hour']),
    ),

    table(
      db.schema
        .createTable('jobs')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('key', text)
        .addColumn('payload', json, (column) => column.notNull())
        .addColumn('due_at', integer, (column) => column.notNull())
        .addColumn('next_at', integer)
        .addColumn('attempts', integer, (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('owner', text)
        .addColumn('last_error', text),
    ),
    db.schema.createIndex('jobs_by_need').on('jobs').column('next_at').where('next_at', 'is not', null),
    db.schema
      .createIndex('jobs__key')
      .unique()
      .on('jobs')
      .columns(['key', 'kind'])
      .where(sql<boolean>`state = 'waiting'`),
    db.schema.createIndex('jobs_running').on('jobs').columns(['key', 'kind']).where(sql<boolean>`state = 'running'`),

    pairs(
      db.schema
        .createTable('changes')
        .addColumn('seq', integer, (column) => column.primaryKey().notNull())
        .addColumn('what', text, (column) => column.notNull())
        .addColumn('key', text, (column) => column.notNull())
        .addColumn('at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('changes_by_age').on('changes').column('at'),
  ],
}
