/** The runner over the real stores: what memory cannot show. No waiting for time: what is due is due at once. */
import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { HOUR, MINUTE, systemClock } from '../base/clock.ts'
import { type JobId, newId } from '../base/ids.ts'
import { systemRandom } from '../base/random.ts'
import { systemTimers } from '../base/timers.ts'
import type { Job, Store } from '../store/store.ts'
import { createJobRunner } from './job-runner.ts'

const all = { organisation: 'main', limit: 100 }
const rowsOf = async (store: Store): Promise<Job[]> => (await store.jobs.list(store.read, all)).items

const runnerOn = (store: Store) => {
  const logged: string[] = []
  const log = {
    warn: (message: string) => void logged.push(message),
    error: (message: string) => void logged.push(message),
  }
  return createJobRunner({
    store,
    log,
    record: testRecorder(store).in,
    clock: systemClock,
    random: systemRandom,
    timers: systemTimers,
  })
}

/** Resolves when `count` runs were noted. */
const tally = (count: number) => {
  const runs: string[] = []
  const { promise, resolve } = Promise.withResolvers<string[]>()
  return {
    runs,
    all: promise,
    run: async (job: Job): Promise<undefined> => {
      runs.push(String(job.payload.name))
      if (runs.length === count) resolve(runs)
    },
  }
}

forEachEngine('runs each of fifty jobs once, with two processes at work', async (open) => {
  const [one, two] = [await open(), await open()]
  const names = Array.from({ length: 50 }, (_, index) => `job ${index}`)
  const done = tally(50)
  const runners = [runnerOn(one), runnerOn(two)]
  for (const runner of runners) {
    runner.register('work', done)
    await runner.start()
  }
  await Promise.all(names.map((name) => runners[0]?.enqueue(null, { kind: 'work', payload: { name } })))
  for (const runner of runners) runner.poke()
  assert.deepEqual((await done.all).toSorted(), names.toSorted())
  for (const runner of runners) await runner.stop()
  assert.equal(done.runs.length, 50)
  assert.deepEqual(await rowsOf(one), [])
})

forEachEngine(
  'wakes by itself for a job of its own process, and runs none of a transaction that failed',
  async (open) => {
    const store = await open()
    const done = tally(1)
    const runner = runnerOn(store)
    runner.register('work', done)
    await runner.start()
    const failing = store.write(async (tx) => {
      await runner.enqueue(tx, { kind: 'work', payload: { name: 'never' } })
      throw new Error('rolled back')
    })
    await assert.rejects(failing, /rolled back/)
    await store.write((tx) => runner.enqueue(tx, { kind: 'work', payload: { name: 'once' } }))
    assert.deepEqual(await done.all, ['once'])
    await runner.stop()
    assert.deepEqual(done.runs, ['once'])
  },
)

forEachEngine('wakes for a job of another process through the change feed', async (open) => {
  const [here, there] = [await open(), await open()]
  const done = tally(1)
  const runner = runnerOn(here)
  runner.register('work', done)
  await runner.start()
  await runnerOn(there).enqueue(null, { kind: 'work', payload: { name: 'from there' } })
  // On SQLite nothing ticks: a process hears of others when it next looks at the feed, as every request makes it do.
  await here.changes.fresh()
  assert.deepEqual(await done.all, ['from there'])
  await runner.stop()
})

forEachEngine('begins a job again whose process was killed (kill -9), and counts that attempt', async (open) => {
  const store = await open()
  const id = newId<JobId>(systemClock.now(), systemRandom)
  const before = systemClock.now() - 2 * MINUTE
  await store.write(async (tx) => {
    await store.jobs.add(tx, { id, kind: 'work', key: null, payload: { name: 'left behind' }, dueAt: before }, before)
    assert.equal((await store.jobs.lease(tx, before, MINUTE, 1, 'a process that was killed')).length, 1)
  })
  let attempts = 0
  const done = tally(1)
  const runner = runnerOn(store)
  runner.register('work', {
    run: (job) => {
      attempts = job.attempts
      return done.run(job)
    },
  })
  await runner.start()
  await done.all
  await runner.stop()
  assert.equal(attempts, 2)
  assert.deepEqual(await rowsOf(store), [])
})

forEachEngine('keeps a recurring job as one row, however many processes and starts there are', async (open) => {
  const [one, two] = [await open(), await open()]
  for (const store of [one, two, one, two]) {
    const runner = runnerOn(store)
    runner.register('purge', tally(1))
    runner.every('purge', HOUR)
    await runner.start()
    await runner.stop()
  }
  const rows = await rowsOf(one)
  assert.deepEqual(
    rows.map(({ kind, key, state }) => ({ kind, key, state })),
    [{ kind: 'purge', key: 'every', state: 'waiting' }],
  )
})

forEachEngine('puts the next run of a recurring job where the last one ended', async (open) => {
  const store = await open()
  const done = tally(1)
  const runner = runnerOn(store)
  runner.register('purge', done)
  runner.every('purge', HOUR)
  await runner.start()
  const began = systemClock.now()
  await runner.enqueue(null, { kind: 'purge' })
  await done.all
  await runner.stop()
  const rows = await rowsOf(store)
  assert.equal(rows.length, 1)
  assert.equal(rows[0]?.state, 'waiting')
  assert((rows[0]?.dueAt ?? 0) >= began + HOUR)
})

forEachEngine('writes a dead letter and its event in one transaction; a retry has its attempts anew', async (open) => {
  const store = await open()
  const failed = Promise.withResolvers<void>()
  const runner = runnerOn(store)
  runner.register('mail', {
    maxAttempts: 1,
    run: async () => {
      failed.resolve()
      throw new Error('the mail server says no')
    },
  })
  await runner.start()
  await runner.enqueue(null, { kind: 'mail', key: 'welcome' })
  await failed.promise
  await runner.stop()
  const [row] = await rowsOf(store)
  assert(row?.state === 'dead')
  assert.equal(row.lastError, 'the mail server says no')
  const { items } = await store.events.list(store.read, { ...all, types: ['job.dead'] })
  assert.deepEqual(
    items.map((event) => event.target),
    [`jobs/${row.id}`],
  )

  await store.write((tx) => store.jobs.retry(tx, row.id, systemClock.now()))
  const [again] = await rowsOf(store)
  assert.equal(again?.state, 'waiting')
  assert.equal(again?.attempts, 0)
})

forEachEngine('M13 a job whose error holds what no row can is settled, and told of in the log', async (open) => {
  const store = await open()
  const runner = runnerOn(store)
  const dead = new Promise<void>((resolve) => {
    runner.register('breaks', {
      maxAttempts: 1,
      run: async () => {
        resolve()
        throw new Error('no \0 file \ud800')
      },
    })
  })
  await runner.start()
  await runner.enqueue(null, { kind: 'breaks' })
  await dead
  await runner.stop()
  const [row] = await rowsOf(store)
  assert.deepEqual([row?.state, row?.lastError], ['dead', 'no \ufffd file \ufffd'])
  const { items } = await store.events.list(store.read, all)
  assert.deepEqual(
    items.map(({ type, detail }) => [type, detail?.error]),
    [['job.dead', 'no \ufffd file \ufffd']],
  )
})
