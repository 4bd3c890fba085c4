/** The audit log: written with its cause, found by what was done, by whom and to what. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { anId } from '../../test/support/store-rows.ts'
import { forEachEngine, rawRows, sqliteFile } from '../../test/support/stores.ts'
import { systemClock } from '../base/clock.ts'
import type { EventId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { saltedHash } from '../base/salted-hash.ts'
import type { EventDraft } from '../events/event.ts'
import { tidyEvent } from '../events/tidy-event.ts'
import { openStore } from './open-store.ts'
import type { EventQuery, Store } from './store.ts'

const ana = { kind: 'user', id: 'u-ana', name: 'ana' } as const

const record = (store: Store, at: number, event: Partial<EventDraft> = {}): Promise<string> => {
  const id = anId<EventId>()
  const draft: EventDraft = { type: 'login.succeeded', actor: ana, ...event }
  return store.write((tx) => store.events.record(tx, id, at, tidyEvent(draft))).then(() => id)
}

const found = async (store: Store, query: Partial<EventQuery> = {}): Promise<string[]> => {
  const { items } = await store.events.list(store.read, { organisation: 'main', limit: 50, ...query })
  return items.map((event) => event.id)
}

forEachEngine('gives an event back as it was recorded', async (open) => {
  const store = await open()
  const event: EventDraft = {
    type: 'user.updated',
    actor: { kind: 'token', id: 't1', name: 'ci', user: 'u-ana' },
    target: 'users/u-ben',
    detail: { before: { name: 'B' }, after: { name: 'Ben' } },
    client: { ip: '192.0.2.1', userAgent: 'curl', request: 'r1' },
    organisation: 'main',
  }
  const id = await record(store, 5, event)
  assert.deepEqual(await store.events.get(store.read, id as EventId), { ...event, id, at: 5 })
  assert.equal(await store.events.get(store.read, anId<EventId>()), undefined)
})

forEachEngine('leaves no event of a transaction that was rolled back', async (open) => {
  const store = await open()
  const failing = store.write(async (tx) => {
    await store.events.record(tx, anId<EventId>(), 1, tidyEvent({ type: 'logout', actor: ana }))
    throw new Error('the effect failed')
  })
  await assert.rejects(failing, /the effect failed/)
  assert.deepEqual(await found(store), [])
})

forEachEngine('lists events newest first, by type, actor, target and time', async (open) => {
  const store = await open()
  const a = await record(store, 10)
  const b = await record(store, 20, { type: 'logout', target: 'sessions/1' })
  const c = await record(store, 30, { actor: { kind: 'token', id: 't', name: 'ci', user: 'u-ana' } })
  const d = await record(store, 40, {
    actor: { kind: 'anonymous' },
    client: { ip: '192.0.2.77', userAgent: '', request: '' },
  })
  await record(store, 50, { organisation: 'elsewhere' })
  assert.deepEqual(await found(store), [d, c, b, a])
  assert.deepEqual(await found(store, { types: ['logout', 'token.created'] }), [b])
  assert.deepEqual(await found(store, { actor: 'u-ana' }), [c, b, a])
  assert.deepEqual(await found(store, { target: 'sessions/1' }), [b])
  assert.deepEqual(await found(store, { after: 20, before: 40 }), [c, b])
  assert.deepEqual(await found(store, { search: '192.0.2.77' }), [d])
  assert.deepEqual(await found(store, { search: 'ANA', sort: 'at' }), [a, b])
})

forEachEngine('pages through events of one instant without losing any', async (open) => {
  const store = await open()
  const ids = await Promise.all(Array.from({ length: 9 }, () => record(store, 7)))
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page = await store.events.list(store.read, { organisation: 'main', limit: 4, ...(cursor ? { cursor } : {}) })
    seen.push(...page.items.map((event) => event.id))
    cursor = page.next
  } while (cursor)
  assert.deepEqual(seen, ids.sort().reverse())
})

forEachEngine('tells what is held', async (open) => {
  const store = await open()
  assert.deepEqual(await store.events.size(store.read), { rows: 0, bytes: 0, oldest: null })
  for (const at of [10, 20, 30]) await record(store, at, { detail: { text: 'ü' } })
  const { rows, bytes, oldest } = await store.events.size(store.read)
  assert.deepEqual([rows, oldest], [3, 10])
  assert.ok(bytes > 3 * 80)
})

test('the store takes an event only as `tidyEvent` made it, so no writer can pass tidying by', async () => {
  const { file, drop } = await sqliteFile()
  const store = await openStore({ file, clock: systemClock })
  const event: EventDraft = { type: 'logout', actor: ana }
  await store.write(async (tx) => {
    // @ts-expect-error a plain event: the compiler is the check, in every file of the house
    await store.events.record(tx, anId<EventId>(), 1, event)
  })
  await store.close()
  await drop()
})

forEachEngine('adds counts up per key and hour, also in parallel', async (open, _engine, where) => {
  const stores = [await open(), await open()] as const
  const add = (index: number) => {
    const store = stores[index % 2 === 0 ? 0 : 1]
    return store.write((tx) => store.events.count(tx, 'pass/wiki', 3, 2))
  }
  await Promise.all(Array.from({ length: 20 }, (_, index) => add(index)))
  await stores[0].write((tx) => stores[0].events.count(tx, 'pass/wiki', 4, 1))
  assert.deepEqual(await rawRows(where, 'select hour, count from event_counts order by hour'), [
    { hour: 3, count: 40 },
    { hour: 4, count: 1 },
  ])
  const take = (store: Store, limit: number) => store.write((tx) => store.events.takeCounts(tx, 4, limit))
  assert.deepEqual((await Promise.all(stores.map((store) => take(store, 10)))).flat(), [
    { key: 'pass/wiki', hour: 3, count: 40 },
  ])
  assert.deepEqual(await rawRows(where, 'select hour, count from event_counts'), [{ hour: 4, count: 1 }])
})

test('covers the payload by a salted hash that tells any change of it', async () => {
  const { file, drop } = await sqliteFile()
  const store = await openStore({ file, clock: systemClock })
  const draft: EventDraft = { type: 'login.failed', actor: { kind: 'anonymous' }, detail: { user: 'ana', n: 1 } }
  for (const at of [1, 2]) await record(store, at, draft)
  await store.close()
  const database = new DatabaseSync(file)
  const rows = database.prepare('select payload, payload_hash, salt, chain_number, batch from events').all()
  database.close()
  await drop()
  const [one, two] = rows
  assert.ok(one && two)
  const hash = (salt: unknown, payload: EventDraft) => saltedHash(String(salt), payload as unknown as Json)
  assert.equal(hash(one.salt, JSON.parse(String(one.payload))), one.payload_hash)
  assert.notEqual(hash(one.salt, { ...draft, detail: { user: 'ben', n: 1 } }), one.payload_hash)
  // Equal entries do not show as equal: a hash alone must not confirm a guess of what was erased.
  assert.notEqual(one.payload_hash, two.payload_hash)
  assert.deepEqual([one.chain_number, one.batch], [null, null])
})
