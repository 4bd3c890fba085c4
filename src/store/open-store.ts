/** Opens the store on the engine that the settings name: PostgreSQL for a URL, else the SQLite file. */
import { writeSync } from 'node:fs'
import { v4 } from 'uuid'
import type { Clock } from '../base/clock.ts'
import { type Random, systemRandom } from '../base/random.ts'
import { agreedTerms } from './agreed-terms.ts'
import { attempts } from './attempts.ts'
import { type OpenFeed, openChangeFeed, type Source } from './change-feed.ts'
import { CHANNEL, numberNotes } from './changes.ts'
import { consents } from './consents.ts'
import { credentials } from './credentials.ts'
import { declined } from './declined.ts'
import { type CommitHooks, type Driver, txOf } from './dialect/executor.ts'
import { openSqlite } from './dialect/sqlite.ts'
import type { SyncWatcher } from './dialect/wal-file.ts'
import { DISK_FAILED } from './disk-failed.ts'
import { drafts } from './drafts.ts'
import { emails } from './emails.ts'
import { eventsWith } from './events.ts'
import { grants } from './grants.ts'
import { groups } from './groups.ts'
import { guesses } from './guesses.ts'
import { instance } from './instance.ts'
import { invitations } from './invitations.ts'
import { jobs } from './jobs.ts'
import { keys } from './keys.ts'
import { mailLinks } from './mail-links.ts'
import { migrate } from './migrations/migrate.ts'
import { resources } from './resources.ts'
import { secrets } from './secrets.ts'
import { sessions } from './sessions.ts'
import { signingKeys } from './signing-keys.ts'
import type { Store, Tx } from './store.ts'
import { tokens } from './tokens.ts'
import { users } from './users.ts'

/** Other processes of this house on the same SQLite file: to be told of a commit at once, and heard when they tell. */
export type Peers = {
  /** This process committed something that a memory may hold. */
  tell(): void
  /** Calls `listener` when one of the others did. */
  heard(listener: () => void): void
}

export type StoreOptions = {
  /** `postgres://…`; wins over `file`. */
  readonly url?: string
  /** The SQLite file; its folder is made if missing. */
  readonly file?: string
  /** Connections to PostgreSQL that this process may hold, besides the one that listens for changes. */
  readonly poolSize?: number
  readonly clock: Clock
  /** Milliseconds for which the SQLite file counts as read once it was asked; a test that counts requests gives 0. */
  readonly confirmedFor?: number
  /** PostgreSQL tells every process by itself. */
  readonly peers?: Peers
  readonly random?: Random
  /** Called once a sync failed and nothing can be promised any more; ends the process unless given. */
  readonly onFatal?: (error: Error) => void
  /** Tells tests of durability when the log is synced. */
  readonly onSync?: SyncWatcher
}

const POOL_SIZE = 10
const CONFIRMED_BY_FILE_MS = 10

/** Opens the store, brings its schema up to date, and follows its changes. Throws `SchemaTooNew`. */
export const openStore = async (options: StoreOptions): Promise<Store> => {
  const opened = options.url === undefined ? await openFile(options) : await openServer(options, options.url)
  const { driver, feed } = opened
  const random = options.random ?? systemRandom
  const store: Store = {
    engine: driver.engine,
    read: txOf(driver.read),
    ...writing(driver),
    instance,
    users,
    emails,
    groups,
    credentials,
    declined,
    invitations,
    agreedTerms,
    sessions,
    tokens,
    attempts,
    guesses,
    mailLinks,
    grants,
    consents,
    resources,
    drafts,
    secrets,
    keys,
    signingKeys,
    events: eventsWith(random),
    jobs,
    changes: feed,
    close: opened.close,
  }
  try {
    await nameInstance(store, random)
  } catch (error) {
    await store.close()
    throw error
  }
  return store
}

/** Each try of a transaction has a `Tx` of its own, so what a try that rolled back wanted told is dropped with it. */
const writing = (driver: Driver): Pick<Store, 'write' | 'afterCommit'> => {
  const waiting = new WeakMap<Tx, (() => void)[]>()
  return {
    write: async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      let told: readonly (() => void)[] | undefined
      const value = await driver.write(async (executor) => {
        const tx = txOf(executor)
        const done = await work(tx)
        told = waiting.get(tx)
        return done
      })
      for (const tell of told ?? []) tell()
      return value
    },
    afterCommit: (tx, told) => {
      const before = waiting.get(tx)
      if (before) before.push(told)
      else waiting.set(tx, [told])
    },
  }
}

type Opened = { readonly driver: Driver; readonly feed: OpenFeed; close(): Promise<void> }

const openFile = async ({ file, clock, confirmedFor, peers, onFatal, onSync }: StoreOptions): Promise<Opened> => {
  if (file === undefined) throw new Error('openStore needs a url or a file')
  const own: OwnCommits = { heard: () => {} }
  const committed = (): void => {
    own.heard()
    peers?.tell()
  }
  const driver = await openSqlite({
    file,
    hooks: { numberNotes: numberNotes(clock), committed },
    onFatal: onFatal ?? endProcess,
    ...(onSync ? { onSync } : {}),
  })
  return closingOnFailure(driver, async () => {
    await migrate(driver, clock)
    const feed = await openChangeFeed(
      txOf(driver.read),
      fileSource(driver.dataVersion, own, confirmedFor ?? CONFIRMED_BY_FILE_MS),
    )
    peers?.heard(() => {
      own.heard()
      feed.wake()
    })
    return { driver, feed, close: driver.close }
  })
}

/** Told of each commit of this process that noted changes. */
type OwnCommits = { heard: () => void }

/**
 * Every commit of anyone moves the reading connection's `data_version`. Asking it costs four microseconds, a tenth of a
 * cheap request, so the answer counts for some milliseconds. Commits of this process are known without asking, and those
 * of its peers once they tell; what others write (a command, typed by hand), or a peer that died before it told, is seen
 * that much later.
 */
const fileSource = (dataVersion: () => number, own: OwnCommits, confirmedFor: number): Source => {
  let asked = -1
  let confirmedUntil = 0
  const forget = (): void => {
    confirmedUntil = 0
  }
  own.heard = forget
  return {
    isCurrent: () => {
      const now = performance.now()
      if (now < confirmedUntil) return true
      if (dataVersion() !== asked) return false
      confirmedUntil = now + confirmedFor
      return true
    },
    asking: () => {
      forget()
      asked = dataVersion()
    },
    failed: () => {
      forget()
      asked = -1
    },
  }
}

const openServer = async ({ clock, poolSize }: StoreOptions, url: string): Promise<Opened> => {
  // SQLite's houses need no client of PostgreSQL.
  const { openPostgres } = await import('./dialect/postgres.ts')
  const { listen } = await import('./dialect/listen.ts')
  const source = serverSource(clock)
  const hooks: CommitHooks = { numberNotes: numberNotes(clock), committed: source.told }
  const driver = await openPostgres({ url, poolSize: poolSize ?? POOL_SIZE, hooks })
  return closingOnFailure(driver, async () => {
    await migrate(driver, clock)
    let feed: OpenFeed | null = null
    const heard = (payload: string): void => {
      source.told(Number(payload))
      feed?.wake()
    }
    const back = (): void => {
      source.failed()
      feed?.wake()
    }
    const listener = await listen(url, CHANNEL, heard, back)
    source.listenWith(listener)
    const close = async (): Promise<void> => {
      await listener.close()
      await driver.close()
    }
    try {
      feed = await openChangeFeed(txOf(driver.read), source)
      return { driver, feed, close }
    } catch (error) {
      await listener.close()
      throw error
    }
  })
}

const CONFIRMED_FOR_MS = 1_000

/** Confirmed within the last second, all that was told is read, and whatever more there were would be told. */
const serverSource = (clock: Clock) => {
  let askedAt = Number.NEGATIVE_INFINITY
  let highest = 0
  let listener: { readonly alive: boolean } | null = null
  return {
    isCurrent: (position: number): boolean => {
      const age = clock.now() - askedAt
      // A clock that was set back confirms nothing (O08).
      return listener?.alive === true && highest <= position && age >= 0 && age < CONFIRMED_FOR_MS
    },
    asking: (): void => {
      askedAt = clock.now()
    },
    failed: (): void => {
      askedAt = Number.NEGATIVE_INFINITY
    },
    told: (seq: number): void => {
      highest = Math.max(highest, seq)
    },
    listenWith: (given: { readonly alive: boolean }): void => {
      listener = given
    },
  }
}

const closingOnFailure = async (driver: Driver, open: () => Promise<Opened>): Promise<Opened> => {
  try {
    return await open()
  } catch (error) {
    await driver.close()
    throw error
  }
}

/** The instance's own name for ever, unless an import set one before (authentik's `hashed_user_id` comes from it). */
const nameInstance = async (store: Store, random: Random): Promise<void> => {
  if ((await store.instance.get(store.read, 'install_id')) !== undefined) return
  const id = v4({ random: random(16) })
  await store.write((tx) => store.instance.setOnce(tx, 'install_id', id))
}

// Not a throw, which a handler further up could swallow: no answer may leave this process any more.
const endProcess = (error: Error): never => {
  writeSync(2, `The disk could not take what was written; stopping so that nothing is promised. ${error.message}\n`)
  process.exit(DISK_FAILED)
}
