/**
 * Every test of the store runs once per engine, on the real ones, and none is skipped:
 *
 *     forEachEngine('finds a user by name', async (open) => {
 *       const store = await open()
 *     })
 *
 * A test has a database of its own; opening again in the same test opens the same one, as a second process would.
 * `GATEHOUSE_TEST_POSTGRES_URL` names a server that was started for the whole run, else one starts for this process.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Client } from 'pg'
import { systemClock } from '../../src/base/clock.ts'
import { typeParsers } from '../../src/store/dialect/postgres.ts'
import { openStore, type StoreOptions } from '../../src/store/open-store.ts'
import type { Engine, Store } from '../../src/store/store.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'

export type OpenStore = (options?: Partial<StoreOptions>) => Promise<Store>

export type Where = Pick<StoreOptions, 'url' | 'file'>
type TestDatabase = Where & { drop(): Promise<void> }

/** Runs `body` once per engine, on a fresh database; what it opened is closed afterwards. */
export const forEachEngine = (
  title: string,
  body: (open: OpenStore, engine: Engine, where: Where) => Promise<void>,
): void => {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`${title} [${engine}]`, async () => {
      const { drop, ...where } = await (engine === 'sqlite' ? sqliteFile() : postgresDatabase())
      const opened: Store[] = []
      const open: OpenStore = async (options = {}) => {
        // A test asks the moment another store has written.
        const store = await openStore({ clock: systemClock, confirmedFor: 0, ...where, ...options })
        opened.push(store)
        return store
      }
      try {
        await body(open, engine, where)
      } finally {
        for (const store of opened) await store.close()
        await drop()
      }
    })
  }
}

/** What stands in the database itself, for what no query of the store tells. */
export const rawRows = async (where: Where, statement: string): Promise<Record<string, unknown>[]> => {
  if (where.url !== undefined) {
    const client = new Client({ connectionString: where.url, types: typeParsers as never })
    await client.connect()
    return client
      .query(statement)
      .then(({ rows }) => rows)
      .finally(() => client.end())
  }
  const database = new DatabaseSync(where.file ?? '')
  const rows = database.prepare(statement).all()
  database.close()
  return rows.map((row) => ({ ...row }))
}

/** A fresh SQLite file's place, in memory where the system has such a folder: only durability needs a disk. */
export const sqliteFile = async (): Promise<TestDatabase & { file: string }> => {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'gh-sqlite-'))
  return { file: join(folder, 'gatehouse.db'), drop: async () => rmSync(folder, { recursive: true, force: true }) }
}

/** A fresh, migrated database on the server of this run. */
export const postgresDatabase = async (): Promise<TestDatabase & { url: string }> => {
  const server = await serverUrl()
  migrated ??= migratedTemplate(server)
  const template = await migrated
  const name = `gh_test_${randomUUID().replaceAll('-', '')}`
  await administer(server('postgres'), `create database ${name} template ${template}`)
  return { url: server(name), drop: () => administer(server('postgres'), `drop database ${name} with (force)`) }
}

let started: Promise<PostgresServer> | null = null
let migrated: Promise<string> | null = null

const serverUrl = async (): Promise<(database: string) => string> => {
  const given = process.env.GATEHOUSE_TEST_POSTGRES_URL
  if (given) {
    return (database) => {
      const url = new URL(given)
      url.pathname = `/${database}`
      return url.href
    }
  }
  started ??= startPostgresServer()
  const server = await started
  return server.url
}

/** Copied for each test: a copy takes a fraction of what migrating takes. */
const migratedTemplate = async (server: (database: string) => string): Promise<string> => {
  const name = `gh_template_${randomUUID().replaceAll('-', '')}`
  await administer(server('postgres'), `create database ${name} template template0 encoding 'UTF8'`)
  const store = await openStore({ url: server(name), clock: systemClock })
  await store.write(async (tx) => {
    // Each copy names its own instance.
    await store.instance.remove(tx, 'install_id')
  })
  await store.close()
  return name
}

const administer = async (url: string, statement: string): Promise<void> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

after(async () => {
  if (started) return (await started).stop()
  if (!migrated) return
  const server = await serverUrl()
  await administer(server('postgres'), `drop database ${await migrated} with (force)`)
})
