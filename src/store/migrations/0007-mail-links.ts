/** One-time links that were mailed, or handed over by an administrator. */
import type { Migration } from './migration.ts'

export const mailLinks: Migration = {
  number: 7,
  name: 'mail links',
  up: (db, { text, integer, table }) => [
    table(
      db.schema
        .createTable('mail_links')
        .addColumn('link_hash', text, (column) => column.primaryKey().notNull())
        .addColumn('code_hash', text, (column) => column.notNull())
        .addColumn('purpose', text, (column) => column.notNull())
        .addColumn('user_id', text, (column) => column.references('users.id').onDelete('cascade'))
        .addColumn('address', text)
        .addColumn('standing', text, (column) => column.notNull())
        .addColumn('flow', text, (column) => column.notNull())
        .addColumn('revision', integer, (column) => column.notNull())
        .addColumn('node', text, (column) => column.notNull())
        .addColumn('attempt_id', text)
        .addColumn('expires_at', integer, (column) => column.notNull()),
    ),
    db.schema.createIndex('mail_links_by_user').on('mail_links').columns(['user_id', 'purpose']),
    db.schema.createIndex('mail_links_by_end').on('mail_links').column('expires_at'),
  ],
}
