/** Since when the browser of a session had been known to the person when they signed in; null where it had not. */
import type { Migration } from './migration.ts'

export const knownDevices: Migration = {
  number: 10,
  name: 'known devices',
  up: (db, { integer }) => [db.schema.alterTable('sessions').addColumn('device_since', integer)],
}
