/** What columns hold, as the queries see them. */
import type { ColumnType, InsertType } from 'kysely'
import type { JsonObject } from '../../base/json.ts'
import type { JsonText } from '../dialect/json-text.ts'

/** 0 or 1 on SQLite, a boolean on PostgreSQL; the row mapper makes it a boolean. */
export type Flag = ColumnType<boolean | number, boolean, boolean>
export type JsonColumn = JsonText<JsonObject>

/** A row to write, every column given: nothing is left to a default. */
export type RowToInsert<T> = { [C in keyof T]: InsertType<T[C]> }
