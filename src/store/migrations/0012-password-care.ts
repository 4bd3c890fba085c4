/** Passwords that somebody had before, so that they do not come back; and who must choose another at the next sign-in. */
import type { Migration } from './migration.ts'

export const passwordCare: Migration = {
  number: 12,
  name: 'password care',
  up: (db, { text, integer, table }) => [
    db.schema.alterTable('users').addColumn('must_change_password', integer),
    table(
      db.schema
        .createTable('former_passwords')
        .addColumn('id', text, (column) => column.primaryKey().notNull())
        .addColumn('user_id', text, (column) => column.notNull().references('users.id').onDelete('cascade'))
        .addColumn('hash', text, (column) => column.notNull())
        .addColumn('replaced_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('former_passwords_of_user').on('former_passwords').columns(['user_id', 'replaced_at', 'id']),
  ],
}
