/** The two spellings of the column types. */
import { sql } from 'kysely'
import type { Engine } from '../store.ts'
import type { ColumnTypes } from './migration.ts'

export const columnTypes: Readonly<Record<Engine, ColumnTypes>> = {
  sqlite: {
    engine: 'sqlite',
    text: sql`text`,
    integer: sql`integer`,
    flag: sql`integer`,
    json: sql`text`,
    sequence: sql`integer primary key autoincrement`,
    table: (builder) => builder.modifyEnd(sql`strict`),
    pairs: (builder) => builder.modifyEnd(sql`strict, without rowid`),
  },
  postgres: {
    engine: 'postgres',
    text: sql`text collate "C"`,
    integer: sql`bigint`,
    flag: sql`boolean`,
    json: sql`jsonb`,
    sequence: sql`bigint generated always as identity primary key`,
    table: (builder) => builder,
    pairs: (builder) => builder,
  },
}
