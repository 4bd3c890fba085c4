/**
 * Queries of the audit log. Each entry carries the hash of its payload under a salt of its own: the seal covers the hash,
 * so that an entry cannot be changed unseen and a person can still be erased from it.
 */
import type { SelectQueryBuilder } from 'kysely'
import { base64url } from '../base/bytes.ts'
import type { EventId } from '../base/ids.ts'
import { canonicalJson, type Json } from '../base/json.ts'
import type { Random } from '../base/random.ts'
import { saltedHashOf } from '../base/salted-hash.ts'
import type { Actor, EventDraft, StoredEvent } from '../events/event.ts'
import { asJsonText, fromJson, type JsonText } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { eventChain } from './event-chain.ts'
import { indexedAs } from './event-index.ts'
import { type PageShape, readPage } from './page.ts'
import { holdsTerm, searchText } from './search-text.ts'
import type { EventQuery, EventStore } from './store.ts'
import type { ActivityTables } from './tables/activity.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { Tables } from './tables/tables.ts'

type EventRow = { id: EventId; at: number; payload: JsonText<EventDraft> }

const toEvent = (row: EventRow): StoredEvent => ({ ...fromJson(row.payload), id: row.id, at: row.at })

const WRITTEN = [
  'id',
  'at',
  'type',
  'actor_id',
  'target',
  'organisation',
  'payload',
  'payload_hash',
  'salt',
  'bytes',
  'search',
] as const

const insertRow = prepared((db, p: Bind<Omit<RowToInsert<ActivityTables['events']>, 'chain_number' | 'batch'>>) =>
  db.insertInto('events').values(bindAll(p, WRITTEN)),
)

const findById = prepared((db, p: Bind<{ id: EventId }>) =>
  db.selectFrom('events').select(['id', 'at', 'payload']).where('id', '=', p('id')),
)

const addCount = prepared((db, p: Bind<ActivityTables['event_counts']>) =>
  db
    .insertInto('event_counts')
    .values(bindAll(p, ['key', 'hour', 'count']))
    .onConflict((conflict) =>
      conflict
        .columns(['key', 'hour'])
        .doUpdateSet((eb) => ({ count: eb('event_counts.count', '+', eb.ref('excluded.count')) })),
    ),
)

const takeRows = prepared((db, p: Bind<{ hour: number; limit: number }>) =>
  db
    .deleteFrom('event_counts')
    .where((eb) =>
      eb(
        eb.refTuple('key', 'hour'),
        'in',
        eb
          .selectFrom('event_counts')
          .select(['key', 'hour'])
          .where('hour', '<', p('hour'))
          .orderBy('hour')
          .orderBy('key')
          .limit(p('limit'))
          .$asTuple('key', 'hour'),
      ),
    )
    .returning(['key', 'hour', 'count']),
)

const measure = prepared((db, _p: Bind<object>) =>
  db
    .selectFrom('events')
    .select((eb) => [
      eb.fn.countAll<number>().as('rows'),
      eb.fn.coalesce(eb.fn.sum<number>('bytes'), eb.val(0)).as('bytes'),
      eb.fn.min<number | null>('at').as('oldest'),
    ]),
)

const SHAPE: PageShape = {
  sorts: { at: { column: 'events.at', field: 'at', type: 'number' } },
  usual: '-at',
  id: { column: 'events.id', field: 'id' },
}

/** The half-open span of time from `after` on and before `before`, and whatever else is asked. */
const filtered = (all: SelectQueryBuilder<Tables, 'events', EventRow>, query: EventQuery) => {
  let rows = all
  if (query.types && query.types.length > 0) rows = rows.where('type', 'in', query.types)
  if (query.actor !== undefined) rows = rows.where('actor_id', '=', query.actor)
  if (query.target !== undefined) rows = rows.where('target', '=', query.target)
  if (query.after !== undefined) rows = rows.where('at', '>=', query.after)
  if (query.before !== undefined) rows = rows.where('at', '<', query.before)
  return query.search ? rows.where(holdsTerm('events.search', query.search)) : rows
}

export const eventsWith = (random: Random): EventStore => ({
  record: async (tx, id, at, event) => {
    // Spelt once, for the row and for the hash. An event is plain JSON by its type; the index signature is what
    // TypeScript misses.
    const spelt = canonicalJson(event as unknown as Json)
    const payload = asJsonText<EventDraft>(spelt)
    const salt = base64url(random(16))
    await insertRow.run(tx, {
      id,
      at,
      ...indexedAs(event),
      payload,
      payload_hash: saltedHashOf(salt, spelt),
      salt,
      bytes: Buffer.byteLength(payload),
      search: searchText(event.type, ...wordsOf(event)),
    })
  },

  get: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toEvent(row)
  },

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        const all = db
          .selectFrom('events')
          .select(['events.id', 'events.at', 'events.payload'])
          .where('organisation', '=', query.organisation)
        return filtered(all, query)
      },
      toEvent,
    ),

  count: async (tx, key, hour, by) => {
    await addCount.run(tx, { key, hour, count: by })
  },

  takeCounts: async (tx, hour, limit) =>
    (await takeRows.all(tx, { hour, limit })).map(({ key, hour, count }) => ({ key, hour, count })),

  chain: eventChain,

  size: async (tx) => {
    const row = await measure.first(tx, {})
    return { rows: row?.rows ?? 0, bytes: row?.bytes ?? 0, oldest: row?.oldest ?? null }
  },
})

/** What an entry is found by. A denial is found by the code that its page showed. */
const wordsOf = ({ actor, target, client, detail }: EventDraft): string[] => [
  actorName(actor),
  target ?? '',
  client?.ip ?? '',
  ...(typeof detail?.code === 'string' ? [detail.code] : []),
]

const actorName = (actor: Actor): string => {
  if (actor.kind === 'anonymous') return ''
  return actor.kind === 'client' ? actor.id : actor.name
}
