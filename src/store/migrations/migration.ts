/** One step of the schema: a list of statements, the same on both engines but for the types of columns. */
import type { Compilable, CreateTableBuilder, RawBuilder } from 'kysely'
import type { Builder } from '../dialect/builder.ts'
import type { Engine } from '../store.ts'

/** The engine's spelling of the few types used. */
export type ColumnTypes = {
  readonly engine: Engine
  /**
   * On PostgreSQL with the collation "C": order and uniqueness by bytes, as on SQLite, and indexes that no change of
   * the system's locale data can corrupt.
   */
  readonly text: RawBuilder<unknown>
  readonly integer: RawBuilder<unknown>
  readonly flag: RawBuilder<unknown>
  readonly json: RawBuilder<unknown>
  /** A primary key that counts up by itself. */
  readonly sequence: RawBuilder<unknown>
  /** Strict types and, for small tables of pairs, rows kept inside the primary key's index (SQLite). */
  table<T extends string, C extends string>(builder: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>
  pairs<T extends string, C extends string>(builder: CreateTableBuilder<T, C>): CreateTableBuilder<T, C>
}

export type Migration = {
  readonly number: number
  readonly name: string
  readonly up: (db: Builder, types: ColumnTypes) => readonly Compilable[]
}
