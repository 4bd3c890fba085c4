/** Nothing acknowledged is lost to a kill -9, of us or of the database server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Client } from 'pg'
import { systemClock } from '../../src/base/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import { startPostgresServer } from '../support/postgres-server.ts'
import { type Acknowledged, assertHeld, inBatches, killAfter, ROUNDS, startWriter } from './acknowledged.ts'

const some = (least: number, most: number): number => least + Math.floor(Math.random() * (most - least))

/** Runs rounds of `kill` on one fresh file, and looks after each whether everything promised so far is there. */
const onFreshFile = async (rounds: number, kill: (file: string) => Promise<Acknowledged[]>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'gh-kill-'))
  const file = join(folder, 'gatehouse.db')
  const promised: Acknowledged[] = []
  for (let round = 0; round < rounds; round += 1) {
    promised.push(...(await kill(file)))
    const store = await openStore({ file, clock: systemClock })
    await assertHeld(store, promised)
    await store.close()
  }
  const database = new DatabaseSync(file)
  assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
  assert.equal(database.prepare('pragma foreign_key_check').get(), undefined)
  database.close()
  rmSync(folder, { recursive: true })
}

test(`SQLite holds what was acknowledged before a kill -9 (${ROUNDS} rounds)`, () =>
  inBatches((rounds) => onFreshFile(rounds, (file) => killAfter(startWriter({ file }, 16, 1_000_000), some(1, 400)))))

test(`SQLite holds what two processes acknowledged when both are killed (${ROUNDS} rounds)`, () =>
  inBatches((rounds) =>
    onFreshFile(rounds, async (file) => {
      const writers = [1, 2].map(() => killAfter(startWriter({ file }, 8, 1_000_000), some(1, 200)))
      return (await Promise.all(writers)).flat()
    }),
  ))

test(`PostgreSQL holds what was acknowledged before a kill -9 of us and of the server (${ROUNDS} rounds)`, () =>
  inBatches(async (rounds) => {
    const server = await startPostgresServer({ durable: true })
    const client = new Client({ connectionString: server.url('postgres') })
    await client.connect()
    await client.query('create database gatehouse')
    await client.end()
    const url = server.url('gatehouse')
    const promised: Acknowledged[] = []
    for (let round = 0; round < rounds; round += 1) {
      promised.push(...(await killAfter(startWriter({ url }, 8, 1_000_000), some(1, 200))))
      if (round % 2 === 0) {
        await server.kill()
        await server.start()
      }
      const store = await openStore({ url, clock: systemClock })
      await assertHeld(store, promised)
      await store.close()
    }
    await server.stop()
  }))
