/**
 * SQLite in WAL mode: one writing connection whose transactions run one after another, one reading connection beside
 * it. Transactions that are asked for in one turn of the event loop share a commit, each in a savepoint of its own, and
 * commits share a sync of the log that is ours, so the thread never waits for the disk.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type CommitHooks, type Driver, type Executor, notWritable, type Statement } from './executor.ts'
import { type GroupCommit, groupCommit } from './group-commit.ts'
import { isBusy, openConnection, type SqliteConnection } from './sqlite-connection.ts'
import { openTransaction, withinOneTurn } from './sqlite-transaction.ts'
import { openWalFile, type SyncWatcher, type WalFile } from './wal-file.ts'

export type SqliteOptions = {
  readonly file: string
  readonly hooks: CommitHooks
  /** Told of a failure after which nothing can be promised any more. */
  readonly onFatal: (error: Error) => void
  readonly onSync?: SyncWatcher
}

export type SqliteDriver = Driver & { readonly dataVersion: () => number }

// A statement may hold the thread this long for another process's lock; beyond, the wait goes on off the thread.
const BUSY_ON_THREAD_MS = 4
const BUSY_AT_MOST_MS = 10_000
// Transactions that share a commit, and after which other work gets its turn: a burst of writers must not starve the
// answers.
const TOGETHER = 16

export const openSqlite = async (options: SqliteOptions): Promise<SqliteDriver> => {
  makePrivateFile(options.file)
  const writer = openConnection(options.file, BUSY_ON_THREAD_MS)
  try {
    await whenFree(() => writer.database.exec('PRAGMA journal_mode = WAL'))
    writer.database.exec(
      'PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864',
    )
    // The log comes into being with the first read of a connection in WAL mode.
    await whenFree(() => writer.database.exec('SELECT count(*) FROM sqlite_schema'))
    const reader = openConnection(options.file, 250)
    reader.database.exec('PRAGMA query_only = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY')
    return driverOf(writer, reader, openWalFile(options.file, options.onSync), options)
  } catch (error) {
    writer.database.close()
    throw error
  }
}

// Names, addresses and hashes of everyone: for the owner's eyes. `-wal` and `-shm` take the mode over. Exclusive
// creation, so that an existing file is not opened here and SQLite's locks stay as they are.
const makePrivateFile = (file: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/** Tries until no other process is in the way, pausing off the thread, for ten seconds at most. */
const whenFree = async <T>(attempt: () => T): Promise<T> => {
  const givingUpAt = performance.now() + BUSY_AT_MOST_MS
  for (let tries = 0; ; tries += 1) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > givingUpAt) throw error
    }
    // Uneven steps, so that two processes do not go on meeting at the same moments.
    await pause(Math.min(25, 1 + tries) * (0.5 + Math.random()))
  }
}

type Waiting = {
  work(executor: Executor): Promise<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

const driverOf = (
  writer: SqliteConnection,
  reader: SqliteConnection,
  wal: WalFile,
  { hooks, onFatal }: SqliteOptions,
): SqliteDriver => {
  const commits = commitsOf(writer, wal, onFatal)
  const bench: Bench = { writer, commits, hooks, onFatal }
  const queue: Waiting[] = []
  let running: Promise<void> | null = null
  let closing: Promise<void> | null = null

  const drain = async (): Promise<void> => {
    while (queue.length > 0) {
      // All that this turn of the event loop asks for comes first.
      await new Promise(setImmediate)
      await runTogether(bench, queue.splice(0, TOGETHER))
      commits.begin()
    }
  }

  const start = (): void => {
    if (running) return
    running = drain().finally(() => {
      running = null
      if (queue.length > 0) start()
    })
  }

  const finish = async (): Promise<void> => {
    while (running) await running
    // Where the sync fails, whoever waited for it is told so.
    if (commits.pending) await flushed(commits).catch(() => {})
    reader.database.close()
    // The last connection to close writes the log back into the database and takes it away, synced.
    writer.database.close()
    await wal.close()
  }

  return {
    engine: 'sqlite',
    read: readExecutor(reader),
    dataVersion: reader.dataVersion,
    write: <T>(work: (executor: Executor) => Promise<T>): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        if (closing) return reject(new Error('the store is closed'))
        // `resolve` is called with what this very `work` gave.
        queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
        start()
      }),
    close: () => {
      closing ??= finish()
      return closing
    },
  }
}

const flushed = (commits: GroupCommit): Promise<void> => {
  const done = commits.durable()
  commits.begin()
  return done
}

/**
 * A transaction that wrote nothing may have read what another process committed and has not synced yet, and its answer
 * ("already so") acknowledges that too. So such a commit counts as pending until a sync of ours began after it was seen.
 */
const commitsOf = (writer: SqliteConnection, wal: WalFile, onFatal: (error: Error) => void): GroupCommit => {
  let synced = -1
  const own = groupCommit((done) => {
    synced = writer.dataVersion()
    wal.sync(done)
  }, onFatal)
  return {
    durable: own.durable,
    begin: own.begin,
    get pending() {
      return own.pending || writer.dataVersion() !== synced
    },
  }
}

const readExecutor = (reader: SqliteConnection): Executor => ({
  engine: 'sqlite',
  all: async (statement, values) => reader.all(readOnly(statement), values),
  first: async (statement, values) => reader.first(readOnly(statement), values),
  run: async () => {
    throw notWritable()
  },
  note: () => {
    throw notWritable()
  },
  exclusive: async () => {
    throw notWritable()
  },
})

const readOnly = (statement: Statement): Statement => {
  if (statement.writes) throw notWritable()
  return statement
}

const BEGIN: Statement = { sql: 'BEGIN IMMEDIATE', parameters: [], writes: true }
const COMMIT: Statement = { sql: 'COMMIT', parameters: [], writes: true }
const ROLLBACK: Statement = { sql: 'ROLLBACK', parameters: [], writes: true }
const SAVEPOINT: Statement = { sql: 'SAVEPOINT one', parameters: [], writes: true }
const RELEASE: Statement = { sql: 'RELEASE one', parameters: [], writes: true }
const ROLLBACK_TO: Statement = { sql: 'ROLLBACK TO one', parameters: [], writes: true }

type Bench = {
  readonly writer: SqliteConnection
  readonly commits: GroupCommit
  readonly hooks: CommitHooks
  readonly onFatal: (error: Error) => void
}

type Ran = {
  readonly waiting: Waiting
  readonly outcome: { readonly value: unknown; readonly wrote: boolean } | { readonly error: unknown }
}

/**
 * Runs transactions to their ends and commits them as one; their callers are answered once that is durable, while the
 * next ones already run. One that fails takes nothing of the others with it.
 */
const runTogether = async (bench: Bench, batch: readonly Waiting[]): Promise<void> => {
  const { writer, commits, hooks, onFatal } = bench
  const ran: Ran[] = []
  let seq: number | null = null
  try {
    await whenFree(() => writer.run(BEGIN, []))
    for (const waiting of batch) {
      const { outcome, highest } = await runOne(bench, waiting, batch.length > 1)
      ran.push({ waiting, outcome })
      seq = highest ?? seq
    }
    writer.run(COMMIT, [])
  } catch (error) {
    rollBack(writer, onFatal)
    for (const { reject } of batch) reject(error)
    return
  }
  if (seq !== null) hooks.committed(seq)
  const wrote = ran.some(({ outcome }) => 'value' in outcome && outcome.wrote)
  // One that wrote nothing may have read what the others wrote.
  const durable = wrote || commits.pending ? commits.durable() : null
  for (const { waiting, outcome } of ran) {
    if ('error' in outcome) waiting.reject(outcome.error)
    else if (durable) durable.then(() => waiting.resolve(outcome.value), waiting.reject)
    else waiting.resolve(outcome.value)
  }
}

/** Throws only where nothing of the whole commit is left. `apart`: others share the commit. */
const runOne = async (
  { writer, hooks }: Bench,
  waiting: Waiting,
  apart: boolean,
): Promise<{ outcome: Ran['outcome']; highest: number | null }> => {
  const transaction = openTransaction(writer)
  let highest: number | null = null
  if (apart) writer.run(SAVEPOINT, [])
  try {
    const value = await withinOneTurn(async () => {
      const given = await waiting.work(transaction.executor)
      const notes = transaction.notes()
      if (notes.length > 0) highest = await hooks.numberNotes(transaction.executor, notes)
      return given
    })
    transaction.end()
    if (apart) writer.run(RELEASE, [])
    return { outcome: { value, wrote: transaction.wrote() }, highest }
  } catch (error) {
    transaction.abandon()
    // Some failures (a full disk) have rolled all of it back by themselves.
    if (!apart || !writer.database.isTransaction) throw error
    writer.run(ROLLBACK_TO, [])
    writer.run(RELEASE, [])
    return { outcome: { error }, highest: null }
  }
}

const rollBack = (writer: SqliteConnection, onFatal: (error: Error) => void): void => {
  // Some failures (a full disk) have rolled back by themselves.
  if (!writer.database.isTransaction) return
  try {
    writer.run(ROLLBACK, [])
  } catch (error) {
    // The one writing connection is stuck inside a transaction: nothing more can be written by this process.
    onFatal(error instanceof Error ? error : new Error(String(error)))
  }
}
