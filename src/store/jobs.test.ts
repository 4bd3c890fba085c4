/** The job queue: a job is one process's at a time, and comes back when that process is gone. */
import assert from 'node:assert/strict'
import { anId } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import type { JobId } from '../base/ids.ts'
import type { Job, Store } from './store.ts'

type NewJob = Pick<Job, 'id' | 'kind' | 'key' | 'payload' | 'dueAt'>

const aJob = (given: Partial<NewJob> = {}): NewJob => ({
  id: anId<JobId>(),
  kind: 'mail',
  key: null,
  payload: { to: 'ana' },
  dueAt: 100,
  ...given,
})

const add = async (store: Store, job: NewJob): Promise<NewJob> => {
  await store.write((tx) => store.jobs.add(tx, job, 0))
  return job
}

const lease = (store: Store, now: number, owner = 'p1', limit = 10) =>
  store.write((tx) => store.jobs.lease(tx, now, 1_000, limit, owner))

const nextDue = (store: Store) => store.jobs.nextDue(store.read)

forEachEngine('leases what is due, soonest first, and nothing before its time', async (open) => {
  const store = await open()
  const later = await add(store, aJob({ dueAt: 200 }))
  const sooner = await add(store, aJob({ dueAt: 100 }))
  assert.equal(await nextDue(store), 100)
  assert.deepEqual(await lease(store, 99), [])
  const leased = await lease(store, 200)
  const running = { attempts: 1, state: 'running', lastError: null }
  assert.deepEqual(leased, [
    { ...sooner, ...running },
    { ...later, ...running },
  ])
  assert.deepEqual(await lease(store, 300), [])
})

forEachEngine('gives each of many jobs to one of many processes', async (open) => {
  const stores = [await open(), await open()] as const
  for (let count = 0; count < 40; count += 1) await add(stores[0], aJob())
  const take = (index: number) => lease(stores[index % 2 === 0 ? 0 : 1], 100, `p${index}`, 3)
  const taken = (await Promise.all(Array.from({ length: 50 }, (_, index) => take(index)))).flat()
  const rest = (await lease(stores[0], 100, 'last', 40)).length
  assert.equal(taken.length + rest, 40)
  assert.equal(new Set(taken.map((job) => job.id)).size, taken.length)
})

forEachEngine('leases a job again once its lease ran out, counting the try that was lost', async (open) => {
  const store = await open()
  const job = await add(store, aJob())
  await lease(store, 100, 'killed')
  assert.equal(await nextDue(store), 1_100)
  assert.deepEqual(await lease(store, 1_099), [])
  assert.deepEqual(
    (await lease(store, 1_100, 'p2')).map((one) => [one.id, one.attempts]),
    [[job.id, 2]],
  )
  const done = (owner: string) => store.write((tx) => store.jobs.done(tx, job.id, owner))
  assert.deepEqual([await done('killed'), await done('p2'), await done('p2')], [false, true, false])
  assert.equal(await nextDue(store), null)
})

forEachEngine('holds a lease that is renewed, for its owner only', async (open) => {
  const store = await open()
  const job = await add(store, aJob())
  await lease(store, 100)
  const renew = (owner: string) => store.write((tx) => store.jobs.renew(tx, job.id, owner, 9_000))
  assert.deepEqual([await renew('other'), await renew('p1')], [false, true])
  assert.deepEqual(await lease(store, 8_999, 'p2'), [])
  assert.equal((await lease(store, 9_000, 'p2')).length, 1)
  assert.equal(await renew('p1'), false)
})

forEachEngine('keeps one waiting job a key, at the earlier time', async (open) => {
  const store = await open()
  const first = await add(store, aJob({ key: 'sync', dueAt: 200 }))
  await add(store, aJob({ key: 'sync', dueAt: 300 }))
  assert.equal(await nextDue(store), 200)
  await add(store, aJob({ key: 'sync', dueAt: 150 }))
  assert.equal(await nextDue(store), 150)
  await add(store, aJob({ key: 'sync', kind: 'other', dueAt: 400 }))
  assert.deepEqual(
    (await lease(store, 500)).map((job) => [job.id === first.id, job.kind, job.dueAt]),
    [
      [true, 'mail', 150],
      [false, 'other', 400],
    ],
  )
})

forEachEngine('lets a keyed job wait while another of its key runs', async (open) => {
  const store = await open()
  const first = await add(store, aJob({ key: 'sync' }))
  await lease(store, 100)
  const second = await add(store, aJob({ key: 'sync' }))
  assert.deepEqual(await lease(store, 200, 'p2'), [])
  // Not the waiting one's time, which would have whoever asks look again at once.
  assert.equal(await nextDue(store), 1_100)
  await store.write((tx) => store.jobs.done(tx, first.id, 'p1'))
  assert.equal(await nextDue(store), 100)
  assert.deepEqual(
    (await lease(store, 200, 'p2')).map((job) => job.id),
    [second.id],
  )
})

forEachEngine('puts a failed job back, or among the dead letters, for its owner only', async (open) => {
  const store = await open()
  const job = await add(store, aJob())
  const fail = (owner: string, dueAt: number | null) =>
    store.write((tx) => store.jobs.failed(tx, job.id, owner, 'no route', dueAt))
  assert.equal(await fail('p1', 200), false)
  await lease(store, 100)
  assert.deepEqual([await fail('p2', 200), await fail('p1', 200)], [false, true])
  assert.equal(await nextDue(store), 200)
  assert.deepEqual(await lease(store, 200), [
    { ...job, dueAt: 200, attempts: 2, state: 'running', lastError: 'no route' },
  ])
  assert.equal(await fail('p1', null), true)
  assert.equal(await nextDue(store), null)
  const dead = await store.jobs.list(store.read, { organisation: 'main', limit: 5, state: 'dead' })
  assert.deepEqual(dead.items, [{ ...job, dueAt: 200, attempts: 2, state: 'dead', lastError: 'no route' }])
  const retry = () => store.write((tx) => store.jobs.retry(tx, job.id, 300))
  assert.deepEqual([await retry(), await retry()], [true, false])
  assert.deepEqual(
    (await lease(store, 300)).map((one) => one.attempts),
    [1],
  )
})

forEachEngine('gives way to another of its key that came to wait meanwhile', async (open) => {
  const store = await open()
  const first = await add(store, aJob({ key: 'sync' }))
  await lease(store, 100)
  const second = await add(store, aJob({ key: 'sync', dueAt: 500 }))
  assert.equal(await store.write((tx) => store.jobs.failed(tx, first.id, 'p1', 'x', 400)), true)
  const { items } = await store.jobs.list(store.read, { organisation: 'main', limit: 5 })
  assert.deepEqual(
    items.map((job) => job.id),
    [second.id],
  )
  assert.equal(await store.write((tx) => store.jobs.remove(tx, second.id)), true)
  assert.equal(await store.write((tx) => store.jobs.remove(tx, second.id)), false)
})
