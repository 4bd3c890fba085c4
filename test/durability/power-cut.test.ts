/**
 * Nothing acknowledged is lost to a power cut. At a random moment the process is stopped; what a disk would then hold
 * is put together: the database as it is, and of the log what was synced and not a byte more.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { openStore } from '../../src/store/open-store.ts'
import {
  type Acknowledged,
  assertHeld,
  inBatches,
  linesOf,
  ROUNDS,
  readAcknowledged,
  startWriter,
} from './acknowledged.ts'
import { lengthAfterPowerCut, readSynced, SYNCED, type Synced } from './wal-log.ts'

type Moment = {
  readonly database: Buffer
  readonly log: Buffer
  readonly index: Buffer
  readonly promised: Acknowledged[]
  readonly synced: Synced
}

/** Stops the process after so many promises, copies its files, and lets it go. */
const cutAfter = async (child: ChildProcess, file: string, promises: number): Promise<Moment> => {
  const promised: Acknowledged[] = []
  let synced: Synced = { salt: '', frames: 0 }
  const reached = new Promise<void>((resolve) => {
    linesOf(child, (line) => {
      if (line.startsWith(SYNCED)) synced = readSynced(line)
      else promised.push(readAcknowledged(line))
      if (promised.length === promises) resolve()
    })
  })
  const closed = once(child, 'close')
  await reached
  child.kill('SIGSTOP')
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))) await new Promise(setImmediate)
  const [database, log, index] = ['', '-wal', '-shm'].map((part) => readFileSync(`${file}${part}`))
  assert.ok(database && log && index)
  child.kill('SIGKILL')
  // What it had said before it was stopped is still on the way.
  await closed
  return { database, log, index, promised, synced }
}

/** Opens what a disk would hold, and hands the store over. */
const opened = async (
  folder: string,
  { database, log }: Moment,
  length: number,
  look: (file: string) => Promise<void>,
) => {
  const file = join(folder, 'after', 'gatehouse.db')
  rmSync(join(folder, 'after'), { recursive: true, force: true })
  const made = await openStore({ file, clock: systemClock })
  await made.close()
  writeFileSync(file, database)
  writeFileSync(`${file}-wal`, log.subarray(0, length))
  await look(file)
}

const holds = async (file: string, promised: readonly Acknowledged[]): Promise<void> => {
  const store = await openStore({ file, clock: systemClock })
  try {
    await assertHeld(store, promised)
  } finally {
    await store.close()
  }
}

const supported = process.platform === 'linux'

/** Rounds of power cuts on one fresh file; how many of them a disk without our syncs would have been found out in. */
const cutsOnFreshFile = async (rounds: number): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'gh-power-'))
  const file = join(folder, 'gatehouse.db')
  const promised: Acknowledged[] = []
  let bites = 0
  for (let round = 0; round < rounds; round += 1) {
    const moment = await cutAfter(startWriter({ file }, 16, 1_000_000), file, 1 + Math.floor(Math.random() * 500))
    promised.push(...moment.promised)
    const { kept, checkpointed } = lengthAfterPowerCut(moment.log, moment.index, moment.synced)
    await opened(folder, moment, kept, async (after) => {
      await holds(after, promised)
      const database = new DatabaseSync(after)
      assert.deepEqual({ ...database.prepare('pragma integrity_check').get() }, { integrity_check: 'ok' })
      database.close()
    })
    if (kept > checkpointed)
      await opened(folder, moment, checkpointed, async (after) => {
        const lost = await holds(after, promised).then(
          () => false,
          () => true,
        )
        bites += Number(lost)
      })
  }
  rmSync(folder, { recursive: true })
  return bites
}

test(`SQLite holds what was acknowledged before a power cut (${ROUNDS} rounds)`, { skip: !supported }, async () => {
  let bites = 0
  await inBatches(async (rounds) => {
    bites += await cutsOnFreshFile(rounds)
  })
  // The check itself is checked: a disk that forgot our syncs as well must have been found out.
  assert.ok(bites > 0, 'a disk without our syncs was never found out')
})
