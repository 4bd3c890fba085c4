/** One connection to the SQLite file, its prepared statements, and how its failures are told. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Conflict } from '../store.ts'
import { conflictOn } from './conflict-on.ts'
import type { Row, Statement, Value } from './executor.ts'

export type SqliteConnection = {
  readonly database: DatabaseSync
  all(statement: Statement, values: readonly Value[]): Row[]
  first(statement: Statement, values: readonly Value[]): Row | undefined
  run(statement: Statement, values: readonly Value[]): number
  /** Moves with every commit made through another connection, of this process or any (pragma `data_version`). */
  dataVersion(): number
}

// Prepared queries number a few hundred; lists add a few shapes each. Beyond this something builds without end.
const MOST_STATEMENTS = 1_000

/** `busyFor` is how long a statement may hold the thread waiting for another process, in milliseconds. */
export const openConnection = (file: string, busyFor: number): SqliteConnection => {
  const database = new DatabaseSync(file, { timeout: busyFor, enableForeignKeyConstraints: true })
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known) return known
    if (statements.size >= MOST_STATEMENTS) statements.clear()
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }
  const version = database.prepare('PRAGMA data_version')
  // `storable` made lists into text, so what is left is what node:sqlite binds.
  type Bound = (string | number | null)[]
  return {
    database,
    all: (statement, values) => told(() => prepare(statement.sql).all(...(values as Bound))),
    first: (statement, values) => told(() => prepare(statement.sql).get(...(values as Bound))),
    run: (statement, values) => told(() => Number(prepare(statement.sql).run(...(values as Bound)).changes)),
    dataVersion: () => Number(version.get()?.data_version),
  }
}

const told = <T>(query: () => T): T => {
  try {
    return query()
  } catch (error) {
    throw conflictOf(error) ?? error
  }
}

// SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY, _ROWID; SQLITE_CONSTRAINT_FOREIGNKEY (sqlite.org/rescode.html).
const UNIQUE_CODES = [2067, 1555, 2579]
const FOREIGN_KEY = 787
const BUSY = 5

const errcodeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0

export const isBusy = (error: unknown): boolean => (errcodeOf(error) & 0xff) === BUSY

const conflictOf = (error: unknown): Conflict | null => {
  const code = errcodeOf(error)
  if (code === FOREIGN_KEY) return new Conflict('reference')
  if (!UNIQUE_CODES.includes(code) || !(error instanceof Error)) return null
  const [, table = 'row', column = 'id'] = /failed: (\w+)\.(\w+)/.exec(error.message) ?? []
  return new Conflict(conflictOn(table, column))
}
