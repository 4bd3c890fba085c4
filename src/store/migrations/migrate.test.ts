/** Migrations: each step whole or undone, one process at a time, and never backwards. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { sql } from 'kysely'
import { forEachEngine, rawRows, sqliteFile } from '../../../test/support/stores.ts'
import { systemClock } from '../../base/clock.ts'
import type { Driver } from '../dialect/executor.ts'
import { openPostgres } from '../dialect/postgres.ts'
import { openSqlite } from '../dialect/sqlite.ts'
import { SchemaTooNew } from '../schema-too-new.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migration.ts'
import { migrations } from './migrations.ts'

const hooks = { numberNotes: async () => 0, committed: () => {} }

const driverOn = (where: { url?: string; file?: string }): Promise<Driver> =>
  where.url === undefined
    ? openSqlite({ file: where.file ?? '', hooks, onFatal: assert.fail })
    : openPostgres({ url: where.url, poolSize: 3, hooks })

const next = migrations.length + 1

/** Steps after the shipped ones, for a schema of the future. */
const step = (number: number, name: string, ...statements: string[]): Migration => ({
  number,
  name,
  up: (db) => statements.map((statement) => ({ compile: () => sql.raw(statement).compile(db) as never })),
})

forEachEngine(
  'O01 refuses a schema newer than the code, in one plain sentence, and touches nothing',
  async (open, _engine, where) => {
    await (await open()).close()
    const driver = await driverOn(where)
    await migrate(driver, systemClock, [...migrations, step(next, 'future', 'create table future (id integer)')])
    await driver.close()
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof SchemaTooNew)
      assert.match(
        error.message,
        /^This database was written by a newer Gatehouse \(schema \d+, this version knows \d+\): .*\.$/,
      )
      return true
    })
    assert.deepEqual(await rawRows(where, 'select count(*) as count from future'), [{ count: 0 }])
  },
)

forEachEngine(
  'O02 undoes a step that fails half-way, and goes on from the one before',
  async (open, _engine, where) => {
    await (await open()).close()
    const failing = step(next + 1, 'broken', 'create table half (id integer)', 'create table half (id integer)')
    const good = step(next, 'good', 'create table good (id integer)')
    const driver = await driverOn(where)
    await assert.rejects(migrate(driver, systemClock, [...migrations, good, failing]))
    const mended = step(next + 1, 'mended', 'create table half (id integer)')
    await migrate(driver, systemClock, [...migrations, good, mended])
    await driver.close()
    const done = await rawRows(where, 'select number, name from migrations order by number')
    assert.deepEqual(done.slice(-2), [
      { number: next, name: 'good' },
      { number: next + 1, name: 'mended' },
    ])
  },
)

forEachEngine(
  'O02 lets one of many migrate that start at once; the others wait and find it done',
  async (open, _engine, where) => {
    await (await open()).close()
    const steps = [1, 2, 3].map((index) => step(next + index, `s${index}`, `create table s${index} (id integer)`))
    const drivers = await Promise.all([1, 2, 3].map(() => driverOn(where)))
    await Promise.all(drivers.map((driver) => migrate(driver, systemClock, [...migrations, ...steps])))
    for (const driver of drivers) await driver.close()
    const [row] = await rawRows(where, 'select count(*) as count from migrations')
    assert.equal(row?.count, migrations.length + 3)
  },
)

test('opens a fresh file from two processes at the same moment', async () => {
  const { file, drop } = await sqliteFile()
  const opener = new URL('../../../test/durability/opener.ts', import.meta.url)
  const children = [1, 2, 3].map(() => fork(opener, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  const codes = await Promise.all(children.map((child) => once(child, 'exit').then(([code]) => code)))
  assert.deepEqual(codes, [0, 0, 0])
  const done = await rawRows({ file }, 'select count(*) as count from migrations')
  assert.deepEqual(done, [{ count: migrations.length }])
  await drop()
})

forEachEngine('O02 resumes after a kill -9 inside any step', async (open, _engine, where) => {
  await (await open()).close()
  const killed = new URL('../../../test/durability/killed-migration.ts', import.meta.url)
  for (const dieAt of [1, 2, 3]) {
    const child = fork(killed, [JSON.stringify(where), String(dieAt)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [, signal] = await once(child, 'exit')
    assert.equal(signal, 'SIGKILL')
  }
  const tables = ['k1', 'k2', 'k3']
  const driver = await driverOn(where)
  const steps = tables.map((name, index) => step(next + index, name, `create table ${name} (id integer)`))
  await migrate(driver, systemClock, [...migrations, ...steps])
  await driver.close()
  for (const name of tables)
    assert.deepEqual(await rawRows(where, `select count(*) as count from ${name}`), [{ count: 0 }])
})
