/**
 * Queries of the sealed chain of events. What is sealed and how it is verified is said in `events/seal.ts`; here the rows
 * are numbered, kept and taken away.
 */
import { type RawBuilder, sql } from 'kysely'
import type { EventId } from '../base/ids.ts'
import type { EventDraft } from '../events/event.ts'
import type { EventBatch } from '../events/seal.ts'
import type { SealedEntry } from '../events/verify-chain.ts'
import { executorOf } from './dialect/executor.ts'
import { fromJson, type JsonText, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { indexedAs } from './event-index.ts'
import type { EventChain } from './store.ts'
import type { ActivityTables } from './tables/activity.ts'
import type { RowToInsert } from './tables/column-types.ts'

type BatchRow = ActivityTables['event_batches']

const BATCH = [
  'number',
  'first',
  'last',
  'closed_at',
  'previous',
  'entries',
  'hash',
  'kid',
  'signature',
  'purged',
] as const

const toBatch = ({ closed_at, purged, ...row }: BatchRow): EventBatch => ({
  ...row,
  closedAt: closed_at,
  purged: purged === null ? null : fromJson(purged),
})

const optional = (row: BatchRow | undefined): EventBatch | undefined => row && toBatch(row)

const newest = prepared((db, _p: Bind<object>) =>
  db.selectFrom('event_batches').select(BATCH).orderBy('number', 'desc').limit(1),
)

const oldestStanding = prepared((db, _p: Bind<object>) =>
  db.selectFrom('event_batches').select(BATCH).where('purged', 'is', null).orderBy('number').limit(1),
)

const batchesAfter = prepared((db, p: Bind<{ after: number; limit: number }>) =>
  db.selectFrom('event_batches').select(BATCH).where('number', '>', p('after')).orderBy('number').limit(p('limit')),
)

const insertBatch = prepared((db, p: Bind<RowToInsert<BatchRow>>) =>
  db.insertInto('event_batches').values(bindAll(p, BATCH)),
)

const unsealedRows = prepared((db, p: Bind<{ limit: number }>) =>
  db
    .selectFrom('events')
    .select(['id', 'at', 'payload_hash'])
    .where('chain_number', 'is', null)
    .orderBy('at')
    .orderBy('id')
    .limit(p('limit')),
)

type Numbering = { readonly ids: readonly string[]; readonly first: number; readonly batch: number }

/** Each entry its number, all in one statement: their order is the list's. */
const numberRows = prepared((db, p: Bind<Numbering>, engine) => {
  const [ids, first, batch] = [p('ids'), p('first'), p('batch')]
  const listed: RawBuilder<unknown> =
    engine === 'sqlite'
      ? sql`(select key as place, value as id from json_each(${ids}))`
      : sql`(select place - 1 as place, id from unnest(${ids}::text[]) with ordinality as given (id, place))`
  const statement = sql`
    update events set chain_number = cast(${first} as bigint) + listed.place, batch = cast(${batch} as bigint)
    from ${listed} as listed
    where events.id = listed.id and events.chain_number is null`
  return { compile: () => statement.compile(db) }
})

const ENTRY = [
  'id',
  'at',
  'type',
  'actor_id',
  'target',
  'organisation',
  'payload',
  'payload_hash',
  'salt',
  'chain_number',
  'batch',
] as const

type EntryRow = Pick<ActivityTables['events'], Exclude<(typeof ENTRY)[number], 'payload'>> & {
  payload: JsonText<EventDraft>
}

const entriesBetween = prepared((db, p: Bind<{ first: number; last: number }>) =>
  db
    .selectFrom('events')
    .select(ENTRY)
    .where('chain_number', '>=', p('first'))
    .where('chain_number', '<=', p('last'))
    .orderBy('chain_number'),
)

const toEntry = (row: EntryRow): SealedEntry => {
  const payload = fromJson(row.payload)
  const should = indexedAs(payload)
  return {
    id: row.id,
    at: row.at,
    // Entries are asked for by their number.
    number: row.chain_number ?? 0,
    batch: row.batch,
    payload,
    payloadHash: row.payload_hash,
    salt: row.salt,
    indexed:
      row.type === should.type &&
      row.actor_id === should.actor_id &&
      row.target === should.target &&
      row.organisation === should.organisation,
  }
}

const entriesOutside = prepared((db, p: Bind<{ first: number; last: number; limit: number }>) =>
  db
    .selectFrom('events')
    .select(['id', 'chain_number'])
    .where('chain_number', 'is not', null)
    .where((eb) => eb.or([eb('chain_number', '<', p('first')), eb('chain_number', '>', p('last'))]))
    .orderBy('chain_number')
    .limit(p('limit')),
)

const dropEntries = prepared((db, p: Bind<{ last: number }>) =>
  db.deleteFrom('events').where('chain_number', '<=', p('last')),
)

const dropBatches = prepared((db, p: Bind<{ before: number }>) =>
  db.deleteFrom('event_batches').where('number', '<', p('before')),
)

const setPurged = prepared((db, p: Bind<{ number: number; purged: NonNullable<BatchRow['purged']> }>) =>
  db
    .updateTable('event_batches')
    .set({ purged: p('purged') })
    .where('number', '=', p('number')),
)

const everyKey = prepared((db, _p: Bind<object>) =>
  db.selectFrom('seal_keys').select(['kid', 'sealed_private_key', 'created_at']).orderBy('created_at').orderBy('kid'),
)

const insertKey = prepared((db, p: Bind<ActivityTables['seal_keys']>) =>
  db.insertInto('seal_keys').values(bindAll(p, ['kid', 'sealed_private_key', 'created_at'])),
)

export const eventChain: EventChain = {
  lock: async (tx) => {
    await executorOf(tx).exclusive('events.chain')
    return optional(await newest.first(tx, {}))
  },

  unsealed: async (tx, limit) =>
    (await unsealedRows.all(tx, { limit })).map(({ id, at, payload_hash }) => ({ id, at, payloadHash: payload_hash })),

  add: async (tx, batch, entries) => {
    const { closedAt, purged, ...rest } = batch
    await insertBatch.run(tx, { ...rest, closed_at: closedAt, purged: purged === null ? null : toJson(purged) })
    const ids = entries.map(({ id }) => id)
    const numbered = await numberRows.run(tx, { ids, first: batch.first, batch: batch.number })
    if (numbered !== ids.length) throw new Error('an entry of this batch is not there to be sealed')
  },

  oldest: async (tx) => optional(await oldestStanding.first(tx, {})),

  purge: async (tx, marked) => {
    if (marked.purged === null) throw new Error('a batch is marked before its entries go')
    await setPurged.run(tx, { number: marked.number, purged: toJson(marked.purged) })
    await dropBatches.run(tx, { before: marked.number })
    return dropEntries.run(tx, { last: marked.last })
  },

  reader: (tx) => ({
    batches: async (after, limit) => (await batchesAfter.all(tx, { after, limit })).map(toBatch),
    entries: async (first, last) => (await entriesBetween.all(tx, { first, last })).map(toEntry),
    outside: async (first, last, limit) =>
      (await entriesOutside.all(tx, { first, last, limit })).map(({ id, chain_number }) => ({
        id: id satisfies EventId,
        number: chain_number ?? 0,
      })),
  }),

  keys: async (tx) =>
    (await everyKey.all(tx, {})).map(({ kid, sealed_private_key, created_at }) => ({
      kid,
      sealedPrivateKey: sealed_private_key,
      createdAt: created_at,
    })),

  insertKey: async (tx, { kid, sealedPrivateKey, createdAt }) => {
    await insertKey.run(tx, { kid, sealed_private_key: sealedPrivateKey, created_at: createdAt })
  },
}
