/** Users, addresses, groups, credentials, tokens; numbers given out, facts of the instance. */
import { sql } from 'kysely'
import type { Migration } from './migration.ts'

export const people: Migration = {
  number: 1,
  name: 'people',
  up: (db, { text, integer, flag, json, table, pairs }) => [
    pairs(
      db.schema
        .createTable('counters')
        .addColumn('name', text, (column) => column.primaryKey().notNull())
        .addColumn('value', integer, (column) => column.notNull()),
    ),
    {
      compile: () =>
        sql`insert into counters (name, value) values ('users.number', 0), ('changes', 0), ('changes.purged', 0)`.compile(
          db,
        ),
    },
    pairs(
      db.schema
        .createTable('instance')
        .addColumn('name', text, (column) => column.primaryKey().notNull())
        .addColumn('value', json, (column) => column.notNull()),
    ),

    table(
      db.schema
        .createTable('users')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('number', integer, (column) => column.notNull())
        .addColumn('username', text, (column) => column.notNull())
        .addColumn('username_key', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('active', flag, (column) => column.notNull())
        .addColumn('attributes', json, (column) => column.notNull())
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('locale', text)
        .addColumn('generation', integer, (column) => column.notNull())
        .addColumn('managed_by', text)
        .addColumn('search', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('updated_at', integer, (column) => column.notNull())
        .addColumn('last_login_at', integer)
        .addColumn('password_changed_at', integer),
    ),
    db.schema.createIndex('users__username_key').unique().on('users').column('username_key'),
    db.schema.createIndex('users__number').unique().on('users').column('number'),
    db.schema.createIndex('users_by_username').on('users').columns(['organisation', 'username_key', 'id']),
    db.schema.createIndex('users_by_name').on('users').columns(['organisation', 'search', 'id']),
    db.schema.createIndex('users_by_age').on('users').columns(['organisation', 'created_at', 'id']),

    table(
      db.schema
        .createTable('emails')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('address', text, (column) => column.notNull())
        .addColumn('address_key', text, (column) => column.notNull())
        .addColumn('is_primary', flag, (column) => column.notNull())
        .addColumn('verified_at', integer)
        .addColumn('verified_by', text),
    ),
    db.schema.createIndex('emails_of_user').unique().on('emails').columns(['user_id', 'address_key']),
    db.schema.createIndex('emails_by_address').on('emails').column('address_key'),
    // One address, one person who has shown it to be theirs.
    db.schema
      .createIndex('emails__address_key')
      .unique()
      .on('emails')
      .column('address_key')
      .where(sql<boolean>`verified_at is not null`),

    pairs(
      db.schema
        .createTable('subjects')
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('scope', text, (column) => column.notNull())
        .addColumn('value', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('subjects_pkey', ['user_id', 'scope']),
    ),
    // Two people under one `sub` would be one person to the application.
    db.schema.createIndex('subjects__value').unique().on('subjects').columns(['value', 'scope']),

    table(
      db.schema
        .createTable('groups')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('slug', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('parents', json, (column) => column.notNull())
        .addColumn('roles', json, (column) => column.notNull())
        .addColumn('attributes', json, (column) => column.notNull())
        .addColumn('organisation', text, (column) => column.notNull())
        .addColumn('managed_by', text)
        .addColumn('search', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('updated_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('groups__slug').unique().on('groups').column('slug'),

    pairs(
      db.schema
        .createTable('memberships')
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('group_id', text, (column) => column.notNull().references('groups.id').onDelete('cascade'))
        .addColumn('until', integer)
        .addPrimaryKeyConstraint('memberships_pkey', ['user_id', 'group_id']),
    ),
    db.schema.createIndex('memberships_of_group').on('memberships').columns(['group_id', 'user_id']),

    table(
      db.schema
        .createTable('credentials')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('data', json, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('last_used_at', integer),
    ),
    db.schema.createIndex('credentials_of_user').on('credentials').columns(['user_id', 'kind']),
    db.schema
      .createIndex('credentials__password')
      .unique()
      .on('credentials')
      .column('user_id')
      .where(sql<boolean>`kind = 'password'`),

    table(
      db.schema
        .createTable('tokens')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('key_hash', text, (column) => column.notNull())
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('kind', text, (column) => column.notNull())
        .addColumn('name', text, (column) => column.notNull())
        .addColumn('permissions', json)
        .addColumn('search', text, (column) => column.notNull())
        .addColumn('created_at', integer, (column) => column.notNull())
        .addColumn('expires_at', integer)
        .addColumn('last_used_at', integer),
    ),
    db.schema.createIndex('tokens__key_hash').unique().on('tokens').column('key_hash'),
    db.schema.createIndex('tokens_of_user').on('tokens').columns(['user_id', 'kind']),
  ],
}
