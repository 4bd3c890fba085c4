/** Sessions, attempts, grants with their codes and refresh tokens, consents. */
import { sql } from 'kysely'
import type { Migration } from './migration.ts'

export const signIn: Migration = {
  number: 3,
  name: 'sign-in',
  up: (db, { text, integer, flag, json, table, pairs }) => [
    table(
      db.schema
        .createTable('sessions')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('token_hash', text, (column) => column.notNull())
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('generation', integer, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('last_seen_at', integer, (column) => column.notNull())
        .addColumn('auth_time', integer, (column) => column.notNull())
        .addColumn('proofs', json, (column) => column.notNull())
        .addColumn('idle_ends_at', integer, (column) => column.notNull())
        .addColumn('ends_at', integer, (column) => column.notNull())
        .addColumn('persistent', flag, (column) => column.notNull())
        .addColumn('ip', text, (column) => column.notNull())
        .addColumn('user_agent', text, (column) => column.notNull())
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('ended_at', integer)
        .addColumn('over_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('sessions__token_hash').unique().on('sessions').column('token_hash'),
    db.schema.createIndex('sessions_of_user').on('sessions').column('user_id'),
    db.schema.createIndex('sessions_by_end').on('sessions').column('over_at'),

    table(
      db.schema
        .createTable('attempts')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('flow', text, (column) => column.notNull())
        .addColumn('revision', integer, (column) => column.notNull())
        .addColumn('node', text, (column) => column.notNull())
        .addColumn('facts', json, (column) => column.notNull())
        .addColumn('browser', text, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('step', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('attempts_by_end').on('attempts').column('expires_at'),

    table(
      db.schema
        .createTable('grants')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('application', text, (column) => column.notNull())
        .addColumn('provider', text, (column) => column.notNull())
        .addColumn('client_id', text, (column) => column.notNull())
        .addColumn('user_id', text, (column) => column.references('users.id').onDelete('cascade'))
        .addColumn('session_id', text)
        .addColumn('scopes', json, (column) => column.notNull())
        .addColumn('offline', flag, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('ended_at', integer)
        .addColumn('end_reason', text)
        .addColumn('data', json, (column) => column.notNull()),
    ),
    db.schema.createIndex('grants_of_user').on('grants').columns(['user_id', 'client_id']),
    db.schema
      .createIndex('grants_of_session')
      .on('grants')
      .column('session_id')
      .where(sql<boolean>`session_id is not null`),
    db.schema.createIndex('grants_by_end').on('grants').column('expires_at'),

    table(
      db.schema
        .createTable('codes')
        .addColumn('code_hash', text, (column) => column.primaryKey().notNull())
        .addColumn('grant_id', text, (column) => column.notNull())
        .addColumn('client_id', text, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('used_at', integer)
        .addColumn('data', json, (column) => column.notNull()),
    ),
    db.schema.createIndex('codes_by_end').on('codes').column('expires_at'),

    pairs(
      db.schema
        .createTable('refresh_tokens')
        .addColumn('token_hash', text, (column) => column.primaryKey().notNull())
        .addColumn('grant_id', text, (column) => column.notNull().references('grants.id').onDelete('cascade'))
        .addColumn('issued_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer, (column) => column.notNull())
        .addColumn('used_at', integer),
    ),
    db.schema.createIndex('refresh_tokens_of_grant').on('refresh_tokens').column('grant_id'),
    db.schema.createIndex('refresh_tokens_by_end').on('refresh_tokens').column('expires_at'),

    pairs(
      db.schema
        .createTable('revoked_jtis')
        .addColumn('jti', text, (column) => column.primaryKey().notNull())
        .addColumn('expires_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('revoked_jtis_by_end').on('revoked_jtis').column('expires_at'),

    pairs(
      db.schema
        .createTable('consents')
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('client_id', text, (column) => column.notNull())
        .addColumn('application', text, (column) => column.notNull())
        .addColumn('scopes', json, (column) => column.notNull())
        .addColumn('granted_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer)
        .addPrimaryKeyConstraint('consents_pkey', ['user_id', 'client_id']),
    ),
  ],
}
