/**
 * Acknowledged commits, sixteen writers at once: the store, whose answers wait for a shared sync of the log, beside the
 * same rows through `node:sqlite` at `synchronous=FULL`, which syncs in every commit.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../src/base/clock.ts'
import { openStore } from '../src/store/open-store.ts'

export type Commits = { readonly side: 'ours' | 'full'; readonly milliseconds: number }
type Counted = { readonly count: number; readonly seconds: number }

const WRITERS = 16

const race = async (milliseconds: number, write: (name: string) => Promise<unknown>): Promise<Counted> => {
  const began = performance.now()
  let count = 0
  const writer = async (_: unknown, number: number): Promise<void> => {
    for (let turn = 0; performance.now() - began < milliseconds; turn += 1) {
      await write(`bench-${number}-${turn}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: WRITERS }, writer))
  return { count, seconds: (performance.now() - began) / 1000 }
}

/** A fact of the instance and the change that tells of it: two rows and a number drawn. */
const ours = async (file: string, milliseconds: number): Promise<Counted> => {
  const store = await openStore({ file, clock: systemClock })
  try {
    return await race(milliseconds, (name) => store.write((tx) => store.instance.set(tx, name, name)))
  } finally {
    await store.close()
  }
}

/** The same two rows and number, prepared once. */
const full = async (file: string, milliseconds: number): Promise<Counted> => {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE instance (name TEXT PRIMARY KEY, value TEXT);
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER);
    CREATE TABLE changes (seq INTEGER PRIMARY KEY, what TEXT, key TEXT, at INTEGER);
    INSERT INTO counters VALUES ('changes', 0)`)
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')]
  const put = database.prepare('INSERT INTO instance VALUES (?, ?)')
  const next = database.prepare("UPDATE counters SET value = value + 1 WHERE name = 'changes' RETURNING value")
  const change = database.prepare('INSERT INTO changes VALUES (?, ?, ?, ?)')
  try {
    return await race(milliseconds, async (name) => {
      begin.run()
      put.run(name, JSON.stringify(name))
      change.run(Number(next.get()?.value), 'instance', name, systemClock.now())
      commit.run()
    })
  } finally {
    database.close()
  }
}

export const commits = async ({ side, milliseconds }: Commits): Promise<Counted> => {
  // On the disk of the temporary folder: in memory a sync costs nothing.
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-commits-'))
  const file = path.join(folder, 'gatehouse.db')
  try {
    return await (side === 'ours' ? ours(file, milliseconds) : full(file, milliseconds))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
