/** People who wait for somebody's yes or locked themselves, invitations, and terms that were agreed to. */
import type { Migration } from './migration.ts'

export const heldPeople: Migration = {
  number: 11,
  name: 'held people',
  up: (db, { text, integer, json, table, pairs }) => [
    db.schema.alterTable('users').addColumn('held', text),
    db.schema.alterTable('users').addColumn('held_at', integer),
    db.schema.alterTable('users').addColumn('released_at', integer),
    db.schema.createIndex('users_by_held').on('users').columns(['held', 'held_at', 'id']),
    table(
      db.schema
        .createTable('invitations')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('token_hash', text, (column) => column.notNull())
        .addColumn('flow', text, (column) => column.notNull())
        .addColumn('data', json, (column) => column.notNull())
        .addColumn('uses', integer, (column) => column.notNull())
        .addColumn('used', integer, (column) => column.notNull())
        // Whoever is gone invites nobody any more (G08). Null: made on the server itself.
        .addColumn('inviter', text, (column) => column.references('users.id').onDelete('cascade'))
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('invitations__token').unique().on('invitations').column('token_hash'),
    db.schema.createIndex('invitations_by_age').on('invitations').columns(['organisation', 'created_at', 'id']),
    db.schema.createIndex('invitations_by_inviter').on('invitations').column('inviter'),
    db.schema.createIndex('invitations_by_end').on('invitations').column('expires_at'),
    pairs(
      db.schema
        .createTable('agreed_terms')
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('terms', text, (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('agreed_at', integer, (column) => column.notNull())
        .addPrimaryKeyConstraint('agreed_terms_pkey', ['user_id', 'terms', 'version']),
    ),
  ],
}
