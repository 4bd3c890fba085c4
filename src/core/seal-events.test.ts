/** The sealed audit log on real stores: what is sealed once, what shows when somebody altered the database by hand. */
import assert from 'node:assert/strict'
import { forEachEngine, rawRows, type Where } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { DAY } from '../base/clock.ts'
import type { JsonObject } from '../base/json.ts'
import { type ChainHead, type ChainReport, verifyChain } from '../events/verify-chain.ts'
import { createSealKeys } from '../ops/keys/seal-key.ts'
import type { Store } from '../store/store.ts'
import { purgeEvents } from './purge-events.ts'
import { createEventSealer } from './seal-events.ts'

const START = Date.UTC(2030, 0, 1)
const never = new AbortController().signal
const ring = await testRing()

const auditOf = (store: Store) => {
  const at = { now: START }
  const clock = { now: () => at.now }
  const recorder = testRecorder(store, clock)
  const keys = createSealKeys({ store, ring, clock })
  const sealer = createEventSealer({ store, clock, signer: keys.signer })
  const record = async (count: number, detail: JsonObject = {}): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      at.now += 1
      await recorder.alone({
        type: 'user.updated',
        actor: { kind: 'user', id: 'u-ana', name: 'ana' },
        target: `users/${index}`,
        detail: { index, ...detail },
      })
    }
  }
  const verify = async (known: ChainHead | null = null): Promise<ChainReport> =>
    verifyChain(store.events.chain.reader(store.read), await keys.verifier(), known)
  return { at, record, sealer, verify, seal: () => sealer.seal(never), keys }
}

/** Three batches of four entries. */
const sealed = async (store: Store) => {
  const audit = auditOf(store)
  for (let batch = 0; batch < 3; batch += 1) {
    await audit.record(4)
    await audit.seal()
    audit.at.now += DAY
  }
  const report = await audit.verify()
  assert.deepEqual([report.sound, report.batches, report.entries], [true, 3, 12])
  return audit
}

const faultsOf = ({ faults }: ChainReport) => faults.map(({ what, batch, entry }) => [what, batch, entry])

forEachEngine('numbers entries without gaps and seals each once, with two processes at it', async (open, _e, where) => {
  const [one, two] = [await open(), await open()]
  const [here, there] = [auditOf(one), auditOf(two)]
  await here.record(30)
  // More than a batch holds.
  await one.write(async (tx) => {
    const recorder = testRecorder(one)
    for (let index = 0; index < 1_100; index += 1) {
      await recorder.in(tx, { type: 'logout', actor: { kind: 'user', id: `u${index}`, name: 'x' } })
    }
  })
  const ends = await Promise.all([here.seal(), there.seal(), here.seal(), there.seal()])
  assert.ok(ends.every(({ rest }) => rest))
  const numbers = await rawRows(where, 'select chain_number as n, batch from events order by chain_number')
  assert.deepEqual(
    numbers.map(({ n }) => Number(n)),
    Array.from({ length: 1_130 }, (_, index) => index + 1),
  )
  assert.deepEqual(await rawRows(where, 'select count(*) as count from seal_keys'), [{ count: 1 }])
  const report = await there.verify()
  assert.deepEqual([report.sound, report.entries, report.faults], [true, 1_130, []])
  assert.deepEqual(await here.seal(), { head: null, rest: true }, 'nothing new, no batch')
})

forEachEngine('does a bounded piece of work at a time, and tells that more waits', async (open) => {
  const store = await open()
  const audit = auditOf(store)
  await audit.record(3)
  const stopped = new AbortController()
  stopped.abort()
  assert.deepEqual(await audit.sealer.seal(stopped.signal), { head: null, rest: false })
  assert.equal((await audit.verify()).head, null)
})

type Tampering = { readonly does: string; readonly sql: readonly string[]; readonly shows: readonly unknown[] }

const TAMPERING: readonly Tampering[] = [
  {
    does: 'alters the payload of an entry',
    sql: [`update events set payload = '{"type":"logout","actor":{"kind":"anonymous"}}' where chain_number = 6`],
    shows: [['entry_altered', 2, 6]],
  },
  {
    does: 'alters payload, salt and hash of an entry together',
    sql: [
      `update events set payload = (select payload from events where chain_number = 2),
        salt = (select salt from events where chain_number = 2),
        target = (select target from events where chain_number = 2),
        payload_hash = (select payload_hash from events where chain_number = 2) where chain_number = 6`,
    ],
    shows: [['entries_altered', 2, null]],
  },
  {
    does: 'hides an entry from lists by its columns',
    sql: [`update events set actor_id = 'somebody else' where chain_number = 6`],
    shows: [['entry_altered', 2, 6]],
  },
  {
    does: 'moves an entry in time',
    sql: ['update events set at = at - 1000 where chain_number = 6'],
    shows: [['entries_altered', 2, null]],
  },
  {
    does: 'deletes an entry',
    sql: ['delete from events where chain_number = 6'],
    shows: [['entry_missing', 2, 6]],
  },
  {
    does: 'deletes an entry and closes the gap',
    sql: [
      'delete from events where chain_number = 8',
      'update event_batches set last = 7 where number = 2',
      'update events set chain_number = 8 where chain_number = 9',
      'update event_batches set first = 8 where number = 3',
      'update events set chain_number = chain_number - 1 where chain_number = 10',
      'update events set chain_number = chain_number - 1 where chain_number = 11',
      'update events set chain_number = chain_number - 1 where chain_number = 12',
      'update event_batches set last = 11 where number = 3',
    ],
    shows: [
      ['batch_altered', 2, null],
      ['entries_altered', 2, null],
      ['batch_altered', 3, null],
      ['entries_altered', 3, null],
    ],
  },
  {
    does: 'exchanges two entries',
    sql: [
      'update events set chain_number = 1000 where chain_number = 6',
      'update events set chain_number = 6 where chain_number = 7',
      'update events set chain_number = 7 where chain_number = 1000',
    ],
    shows: [['entries_altered', 2, null]],
  },
  {
    does: 'puts an entry in behind the others',
    sql: [
      `insert into events (id, at, type, actor_id, target, organisation, payload, payload_hash, salt, bytes, search,
        chain_number, batch) select 'forged', at, type, actor_id, target, organisation, payload, payload_hash, salt,
        bytes, search, 13, 3 from events where chain_number = 12`,
    ],
    shows: [['entry_inserted', null, 13]],
  },
  {
    does: 'puts an entry in, in the place of another',
    sql: [
      'delete from events where chain_number = 6',
      `insert into events (id, at, type, actor_id, target, organisation, payload, payload_hash, salt, bytes, search,
        chain_number, batch) select 'forged', at, type, actor_id, target, organisation, payload, payload_hash, salt,
        bytes, search, 6, 2 from events where chain_number = 7`,
    ],
    shows: [['entries_altered', 2, null]],
  },
  {
    does: 'takes the seal of an entry away',
    sql: ['update events set chain_number = null, batch = null where chain_number = 6'],
    shows: [['entry_missing', 2, 6]],
  },
  {
    does: 'deletes a batch with its entries',
    sql: ['delete from events where batch = 2', 'delete from event_batches where number = 2'],
    shows: [['batch_missing', 3, null]],
  },
  {
    does: 'deletes the oldest batch with its entries, as a purge would',
    sql: ['delete from events where batch = 1', 'delete from event_batches where number = 1'],
    shows: [['batch_missing', 2, null]],
  },
  {
    does: 'deletes the oldest entries under a mark of purging that the house never signed',
    sql: [
      'delete from events where batch = 1',
      `update event_batches set purged = '{"at":1,"kid":"x","signature":"AAAA"}' where number = 1`,
    ],
    shows: [['batch_unsigned', 1, null]],
  },
  {
    does: 'writes another hash of the entries into a batch',
    sql: [`update event_batches set entries = 'x' where number = 2`],
    shows: [
      ['batch_altered', 2, null],
      ['entries_altered', 2, null],
    ],
  },
  {
    does: 'signs a batch with another key',
    sql: [
      `update event_batches set signature = (select signature from event_batches where number = 1) where number = 2`,
    ],
    shows: [['batch_unsigned', 2, null]],
  },
]

for (const { does, sql, shows } of TAMPERING) {
  forEachEngine(`I18 it shows where somebody ${does}`, async (open, _engine, where) => {
    const audit = await sealed(await open())
    await tamper(where, sql)
    const report = await audit.verify()
    assert.equal(report.sound, false)
    assert.deepEqual(faultsOf(report), shows)
  })
}

const tamper = async (where: Where, statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await rawRows(where, statement)
}

forEachEngine(
  'I18 an end that was cut off whole shows against a head that was seen before',
  async (open, _e, where) => {
    const audit = await sealed(await open())
    const { head } = await audit.verify()
    assert.ok((await audit.verify(head)).sound)
    await tamper(where, ['delete from events where batch = 3', 'delete from event_batches where number = 3'])
    assert.deepEqual((await audit.verify()).faults, [], 'by itself the chain cannot tell')
    assert.deepEqual(faultsOf(await audit.verify(head)), [['head_missing', 3, null]])
  },
)

forEachEngine(
  'I18 a key that somebody wrote into the database seals nothing and stops nothing',
  async (open, _e, where) => {
    const store = await open()
    await sealed(store)
    await tamper(where, [
      `insert into seal_keys (kid, sealed_private_key, created_at) values ('k', 'a.b.c', ${START * 2})`,
    ])
    // As a process that starts now, without the key in memory.
    const later = auditOf(store)
    await later.record(1)
    await later.seal()
    assert.ok((await later.verify()).sound)
  },
)

forEachEngine('purging by age takes whole batches from the oldest on, and what stays still verifies', async (open) => {
  const store = await open()
  const audit = await sealed(store)
  const { head } = await audit.verify()
  await audit.record(2)
  assert.equal(await audit.sealer.purgeOldest(START), null, 'none is that old')
  assert.equal(await audit.sealer.purgeOldest(START + DAY), 4)
  assert.equal(await audit.sealer.purgeOldest(START + DAY), null)
  const first = await audit.verify(head)
  assert.deepEqual([first.faults, first.purgedThrough, first.batches, first.entries], [[], 4, 2, 8])
  assert.equal(await audit.sealer.purgeOldest(Number.POSITIVE_INFINITY), 4)
  assert.equal(await audit.sealer.purgeOldest(Number.POSITIVE_INFINITY), 4)
  assert.equal(await audit.sealer.purgeOldest(Number.POSITIVE_INFINITY), null, 'what is not sealed stays')
  assert.deepEqual((await audit.verify(head)).faults, [])
  assert.equal((await store.events.size(store.read)).rows, 2)
  await audit.seal()
  const last = await audit.verify(head)
  assert.deepEqual([last.faults, last.purgedThrough, last.entries], [[], 12, 2])
})

forEachEngine('purging by size takes the oldest until what stays is within the budget', async (open) => {
  const store = await open()
  const audit = auditOf(store)
  for (let batch = 0; batch < 10; batch += 1) {
    await audit.record(4, { text: 'x'.repeat(500) })
    await audit.seal()
  }
  await audit.record(4)
  const { bytes } = await store.events.size(store.read)
  const purge = (maxBytes: number, retention = 365 * DAY) =>
    purgeEvents({ store, sealer: audit.sealer, budget: { retention, maxBytes } }, audit.at.now, never)
  await purge(bytes)
  assert.equal((await store.events.size(store.read)).rows, 44)
  await purge(bytes / 2)
  const kept = await store.events.size(store.read)
  assert.ok(kept.bytes <= bytes / 2 && kept.bytes > bytes / 4, `${kept.bytes} of ${bytes}`)
  assert.deepEqual((await audit.verify()).faults, [])
  await purge(0)
  assert.equal((await store.events.size(store.read)).rows, 0, 'what waited for its seal was sealed before')
  assert.deepEqual((await audit.verify()).faults, [])
  audit.at.now += DAY
  await audit.record(4)
  audit.at.now += 2 * DAY
  await purge(bytes, DAY)
  assert.equal((await store.events.size(store.read)).rows, 4, 'the age counts from the seal on')
  audit.at.now += 2 * DAY
  await purge(bytes, DAY)
  assert.equal((await store.events.size(store.read)).rows, 0)
})
