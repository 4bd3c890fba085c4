/**
 * PostgreSQL 14 or newer through one pool. Reads are autocommit; a write is one READ COMMITTED transaction in which
 * every "exactly one wins" is an `UPDATE … WHERE` that only one of many can match. `synchronous_commit` stays on.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError, Pool, type PoolClient, type QueryConfig, types } from 'pg'
import { Conflict } from '../store.ts'
import { conflictOn } from './conflict-on.ts'
import {
  type CommitHooks,
  type Driver,
  type Executor,
  type Note,
  notWritable,
  type Row,
  type Statement,
  transactionFailed,
  transactionOver,
  type Value,
} from './executor.ts'

export type PostgresOptions = {
  readonly url: string
  readonly poolSize: number
  readonly hooks: CommitHooks
}

const INT8 = 20
const NUMERIC = 1700
const JSON_TYPES = [114, 3802]

/** Epoch milliseconds and counts fit a double; JSON stays text, parsed by the row mapper as on SQLite. */
export const typeParsers = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8 || oid === NUMERIC) return Number
    if (JSON_TYPES.includes(oid)) return String
    return types.getTypeParser(oid, format)
  },
}

export const openPostgres = async ({ url, poolSize, hooks }: PostgresOptions): Promise<Driver> => {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    types: typeParsers as typeof types,
    application_name: 'gatehouse',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  })
  // An idle connection that broke (a fail-over) is taken out of the pool; the next query opens another.
  pool.on('error', () => {})
  try {
    await checkServer(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  let closing: Promise<void> | null = null
  return {
    engine: 'postgres',
    read: readExecutor(pool),
    write: (work) => retried(() => runTransaction(pool, hooks, work)),
    close: () => {
      closing ??= pool.end()
      return closing
    },
  }
}

const checkServer = async (pool: Pool): Promise<void> => {
  const { rows } = await pool.query<{ version: number; encoding: string }>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
  )
  const [server] = rows
  if (!server || server.version < 140_000) throw new Error('Gatehouse needs PostgreSQL 14 or newer.')
  if (server.encoding !== 'UTF8') throw new Error('Gatehouse needs a PostgreSQL database with the encoding UTF8.')
}

type Queryable = Pick<PoolClient, 'query'>

const query = async (on: Queryable, statement: Statement, values: readonly Value[]) => {
  // pg takes no readonly list; it does not write to it.
  const config: QueryConfig = { text: statement.sql, values: values as Value[] }
  if (statement.name !== undefined) config.name = statement.name
  try {
    return await on.query<Row>(config)
  } catch (error) {
    throw conflictOf(error) ?? error
  }
}

const readExecutor = (pool: Pool): Executor => {
  const read = async (statement: Statement, values: readonly Value[], tries = 1): Promise<Row[]> => {
    if (statement.writes) throw notWritable()
    try {
      return (await query(pool, statement, values)).rows
    } catch (error) {
      if (!isLost(error) || tries === MOST_LOST) throw error
    }
    return read(statement, values, tries + 1)
  }
  return {
    engine: 'postgres',
    all: (statement, values) => read(statement, values),
    first: async (statement, values) => (await read(statement, values))[0],
    run: async () => {
      throw notWritable()
    },
    note: () => {
      throw notWritable()
    },
    exclusive: async () => {
      throw notWritable()
    },
  }
}

const runTransaction = async <T>(
  pool: Pool,
  hooks: CommitHooks,
  work: (executor: Executor) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect()
  const transaction = openTransaction(client)
  let broken: Error | undefined
  try {
    await begin(client)
    const value = await work(transaction.executor)
    const notes = transaction.notes()
    const seq = notes.length > 0 ? await hooks.numberNotes(transaction.executor, notes) : null
    await transaction.end()
    transaction.check()
    const { command } = await client.query('COMMIT')
    // PostgreSQL answers the COMMIT of a failed transaction with a quiet ROLLBACK: not done must not pass for done.
    if (command !== 'COMMIT') throw transactionFailed(command)
    if (seq !== null) hooks.committed(seq)
    return value
  } catch (error) {
    await transaction.end()
    broken = await rolledBack(client)
    throw error
  } finally {
    client.release(broken)
  }
}

/** Nothing was done yet where this fails, so a connection that had died meanwhile is no reason to fail the work. */
class NotBegun extends Error {}

const begin = async (client: PoolClient): Promise<void> => {
  try {
    await client.query('BEGIN')
  } catch (error) {
    throw isLost(error) ? new NotBegun('the connection was lost', { cause: error }) : error
  }
}

/** The error that made the connection useless, if rolling back did not work; it is then not given back to the pool. */
const rolledBack = async (client: PoolClient): Promise<Error | undefined> => {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const openTransaction = (client: PoolClient) => {
  const notes = new Map<string, Note>()
  let over = false
  let doomed: unknown = null
  let last: Promise<unknown> = Promise.resolve()
  // One after the other, also where `work` asks several at once: a connection answers one question at a time.
  const ask = (statement: Statement, values: readonly Value[]) => {
    if (over) return Promise.reject(transactionOver())
    const mine = last.then(() => {
      if (doomed) throw transactionFailed(doomed)
      return query(client, statement, values)
    })
    last = mine.catch((error) => {
      doomed ??= error
    })
    return mine
  }
  const executor: Executor = {
    engine: 'postgres',
    all: async (statement, values) => (await ask(statement, values)).rows,
    first: async (statement, values) => (await ask(statement, values)).rows[0],
    run: async (statement, values) => (await ask(statement, values)).rowCount ?? 0,
    note: (what, key) => {
      if (over) throw transactionOver()
      notes.set(`${what}/${key}`, { what, key })
    },
    exclusive: async (name) => {
      await ask(LOCK, [name])
    },
  }
  return {
    executor,
    notes: (): Note[] => [...notes.values()],
    check: () => {
      if (doomed) throw transactionFailed(doomed)
    },
    /** Lets no more queries in, and waits for those under way. */
    end: async () => {
      over = true
      await last
    },
  }
}

const LOCK: Statement = {
  sql: `select pg_advisory_xact_lock(hashtextextended($1, 7071))`,
  parameters: [],
  writes: true,
  name: 'gatehouse_lock',
}

// 40001 serialization_failure, 40P01 deadlock_detected: nothing was done, and the same work may succeed now.
const RETRIABLE = ['40001', '40P01']
const MOST_ATTEMPTS = 10
const MOST_LOST = 3

// After a fail-over every pooled connection is dead, and which ones is not known before they are asked. Not a timeout
// of the pool: asking a busy server three times over would not help it.
const isLost = (error: unknown): boolean => {
  if (error instanceof DatabaseError) return /^(?:08|57P0[1-3])/.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return /^E[A-Z]+$/.test(code) || /^Connection terminated|connection error/.test(error.message)
}

const isRetriable = (error: unknown, tries: number): boolean =>
  error instanceof NotBegun
    ? tries < MOST_LOST
    : error instanceof DatabaseError && RETRIABLE.includes(error.code ?? '') && tries < MOST_ATTEMPTS

const retried = async <T>(attempt: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!isRetriable(error, tries)) throw error instanceof NotBegun ? error.cause : error
    }
    // Uneven steps, so that the two who met do not meet again.
    await pause(tries * 5 * Math.random())
  }
}

const conflictOf = (error: unknown): Conflict | null => {
  if (!(error instanceof DatabaseError)) return null
  if (error.code === '23503') return new Conflict('reference')
  if (error.code !== '23505') return null
  // Unique indexes are named `<table>__<column>`, primary keys `<table>_pkey`: the message itself may be translated.
  const [, table = error.table ?? 'row', column = 'id'] = /^(\w+?)__(\w+)$/.exec(error.constraint ?? '') ?? []
  return new Conflict(conflictOn(table, column))
}
