/** What becomes of an event on its way into the log, on real stores. */
import assert from 'node:assert/strict'
import { forEachEngine, rawRows } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { HOUR } from '../base/clock.ts'
import { systemRandom } from '../base/random.ts'
import type { EventDraft } from '../events/event.ts'
import type { Store } from '../store/store.ts'
import { createRecorder } from './recorder.ts'
import { tellCounts } from './tell-counts.ts'

const START = Date.UTC(2030, 0, 1, 12)
const ana = { kind: 'user', id: 'u-ana', name: 'ana' } as const
const client = { ip: '192.0.2.1', userAgent: 'x', request: 'r' }
const never = new AbortController().signal

const eventsOf = async (store: Store, type?: string) => {
  const { items } = await store.events.list(store.read, { organisation: 'main', limit: 200, sort: 'at' })
  return items.filter((event) => type === undefined || event.type === type)
}

forEachEngine('tells followers of every event once, after its commit, and of none that was undone', async (open) => {
  const store = await open()
  const recorder = testRecorder(store)
  const told: string[] = []
  const stop = recorder.follow(({ type }) => told.push(type))
  await recorder.alone({ type: 'login.succeeded', actor: ana })
  await store.write(async (tx) => {
    await recorder.in(tx, { type: 'user.created', actor: ana })
    await recorder.in(tx, { type: 'user.updated', actor: ana })
    assert.deepEqual(told, ['login.succeeded'], 'not before the commit')
  })
  await assert.rejects(
    store.write(async (tx) => {
      await recorder.in(tx, { type: 'user.deleted', actor: ana })
      throw new Error('undone')
    }),
  )
  assert.deepEqual(told, ['login.succeeded', 'user.created', 'user.updated'])
  stop()
  await recorder.alone({ type: 'logout', actor: ana })
  assert.equal(told.length, 3)
})

forEachEngine('tells of an event once where its transaction was tried twice', async (open, engine) => {
  const stores = [await open(), await open()] as const
  const told: string[] = []
  const ids = ['a', 'b']
  // Two that lock the same two rows in opposite order: on PostgreSQL one of them is tried again.
  const both = stores.map((store, index) => {
    const recorder = testRecorder(store)
    recorder.follow(({ target }) => told.push(target ?? ''))
    const [first = '', second = ''] = index === 0 ? ids : ids.toReversed()
    return () =>
      store.write(async (tx) => {
        await recorder.in(tx, { type: 'user.updated', actor: ana, target: `try/${index}` })
        await store.instance.set(tx, first, index)
        await store.instance.get(tx, 'install_id')
        await store.instance.set(tx, second, index)
      })
  })
  for (const store of stores) await store.write((tx) => store.instance.set(tx, 'a', 0))
  await stores[0].write((tx) => stores[0].instance.set(tx, 'b', 0))
  for (let round = 0; round < 10; round += 1) await Promise.all(both.map((one) => one()))
  assert.equal(told.length, 20, engine)
  assert.equal((await eventsOf(stores[0])).length, 20)
})

forEachEngine('M13 makes an event fit to be kept, whoever records it', async (open) => {
  const store = await open()
  const recorder = testRecorder(store)
  await recorder.alone({ type: 'job.dead', actor: { kind: 'system', name: 'a\u0000b' }, detail: { error: '\ud800\n' } })
  const [event] = await eventsOf(store)
  assert.deepEqual(event?.actor, { kind: 'system', name: 'a\ufffdb' })
  assert.deepEqual(event?.detail, { error: '\ufffd\ufffd' })
})

forEachEngine(
  'M15 a storm of refusals is a bounded number of rows, alone and in transactions',
  async (open, _e, where) => {
    const store = await open()
    const recorder = testRecorder(store, { now: () => START })
    const refusal: EventDraft = { type: 'login.refused', actor: { kind: 'anonymous' }, client }
    for (let index = 0; index < 2_000; index += 1) await recorder.alone(refusal)
    await store.write(async (tx) => {
      for (let index = 0; index < 500; index += 1) await recorder.in(tx, refusal)
    })
    await assert.rejects(
      store.write(async (tx) => {
        await recorder.in(tx, refusal)
        throw new Error('undone')
      }),
    )
    assert.deepEqual(await rawRows(where, 'select count(*) as count from events'), [{ count: 20 }])
    await recorder.close()
    const events = await eventsOf(store)
    assert.equal(events.length, 21)
    assert.equal(
      events.reduce((sum, { detail }) => sum + Number(detail?.repeated ?? 1), 0),
      2_500,
      'each is told or counted, once; what was undone is not',
    )
  },
)

forEachEngine('M15 tells of counted refusals by itself a minute later, and needs no further request', async (open) => {
  const store = await open()
  const waiting: (() => void)[] = []
  const timers = {
    after: (_milliseconds: number, run: () => void) => {
      waiting.push(run)
      return () => undefined
    },
  }
  const log = { error: (message: string) => assert.fail(message) }
  const recorder = createRecorder({ store, clock: { now: () => START }, random: systemRandom, timers, log })
  const refusal: EventDraft = { type: 'token.refused', actor: { kind: 'anonymous' }, client }
  for (let index = 0; index < 30; index += 1) await recorder.alone(refusal)
  assert.equal(waiting.length, 1, 'one timer, however many there are')
  const told = new Promise<EventDraft>((resolve) => recorder.follow(resolve))
  waiting[0]?.()
  assert.equal((await told).detail?.repeated, 10)
})

forEachEngine(
  'counts what is too frequent by the hour, with its effect, and tells of it when the hour is over',
  async (open) => {
    const [store, other] = [await open(), await open()]
    const at = { now: START }
    const clock = { now: () => at.now }
    const recorder = testRecorder(store, clock)
    const refreshed = (session: string): EventDraft => ({
      type: 'oauth.tokens_refreshed',
      actor: { kind: 'client', id: 'wiki' },
      target: `sessions/${session}`,
      detail: { application: 'wiki' },
      client,
    })
    const refresh = (session: string) => store.write((tx) => recorder.counted(tx, refreshed(session)))
    for (let index = 0; index < 40; index += 1) await refresh(index % 4 === 0 ? 's1' : 's2')
    await assert.rejects(
      store.write(async (tx) => {
        await recorder.counted(tx, refreshed('s1'))
        throw new Error('undone')
      }),
    )
    const tell = (on: Store) => tellCounts({ store: on, recorder: testRecorder(on, clock), clock }, never)
    assert.equal(await tell(store), true)
    assert.deepEqual(await eventsOf(store), [], 'the hour is not over')
    at.now += HOUR
    await refresh('s1')
    await Promise.all([tell(store), tell(other), tell(store)])
    const events = await eventsOf(store)
    assert.deepEqual(events.map(({ target, detail }) => [target, detail?.count]).toSorted(), [
      ['sessions/s1', 10],
      ['sessions/s2', 30],
    ])
    assert.deepEqual(events[0]?.actor, { kind: 'client', id: 'wiki' })
    assert.equal(events[0]?.client, undefined)
    assert.deepEqual([events[0]?.detail?.since, events[0]?.detail?.until], [START, START + HOUR])
    at.now += HOUR
    await tell(other)
    assert.deepEqual((await eventsOf(store)).at(-1)?.detail?.count, 1)
  },
)
