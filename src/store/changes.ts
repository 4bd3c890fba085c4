/**
 * The table of changes. Notes are collected while a transaction runs and written as its last act, numbered from a row
 * that stays locked until the commit. So numbers are in the order of commits: a number from an identity column would
 * be given before the commit, a higher one could show first, and whoever had read that far would never look back.
 * The price is that transactions that note changes commit one at a time; signing in and refreshing note none.
 */
import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import { nextNumber, numberAtLeast } from './counters.ts'
import { type CommitHooks, txOf } from './dialect/executor.ts'
import { type Bind, bindAll, prepared, runOnce } from './dialect/prepared.ts'
import type { Change, Tx } from './store.ts'
import type { ActivityTables } from './tables/activity.ts'

/** Where a PostgreSQL server tells of a new highest number. */
export const CHANNEL = 'gatehouse_changes'

const insertRow = prepared((db, p: Bind<ActivityTables['changes']>) =>
  db.insertInto('changes').values(bindAll(p, ['seq', 'what', 'key', 'at'])),
)

const after = prepared((db, p: Bind<{ seq: number; limit: number }>) =>
  db.selectFrom('changes').select(['seq', 'what', 'key']).where('seq', '>', p('seq')).orderBy('seq').limit(p('limit')),
)

const marks = prepared((db, _p: Bind<object>) =>
  db.selectFrom('counters').select(['name', 'value']).where('name', 'in', ['changes', 'changes.purged']),
)

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('changes')
    .where('seq', 'in', (eb) =>
      eb.selectFrom('changes').select('seq').where('at', '<', p('before')).orderBy('at').limit(p('limit')),
    )
    .returning('seq'),
)

const PER_STATEMENT = 200

/** Writes a transaction's notes as its last act; tells the highest number. */
export const numberNotes =
  (clock: Clock): CommitHooks['numberNotes'] =>
  async (executor, notes) => {
    const tx = txOf(executor)
    const last = await nextNumber(tx, 'changes', notes.length)
    const at = clock.now()
    const rows = notes.map((note, index) => ({ ...note, seq: last - notes.length + 1 + index, at }))
    const [only] = rows
    if (rows.length === 1 && only) await insertRow.run(tx, only)
    else {
      for (let from = 0; from < rows.length; from += PER_STATEMENT) {
        await runOnce(tx, (db) => db.insertInto('changes').values(rows.slice(from, from + PER_STATEMENT)))
      }
    }
    if (executor.engine === 'postgres') await notify.first(tx, { channel: CHANNEL, seq: String(last) })
    return last
  }

// Sent with the commit, in the order of commits; equal ones of one transaction are one.
const notify = prepared((db, p: Bind<{ channel: string; seq: string }>) =>
  db.selectNoFrom(sql<unknown>`pg_notify(${p('channel')}, ${p('seq')})`.as('told')),
)

/** The highest number given, and up to which number entries were taken away. */
export const readMarks = async (tx: Tx): Promise<{ last: number; purged: number }> => {
  const found = { last: 0, purged: 0 }
  for (const { name, value } of await marks.all(tx, {})) found[name === 'changes' ? 'last' : 'purged'] = value
  return found
}

export const changesAfter = async (tx: Tx, position: number, limit: number): Promise<Change[]> =>
  (await after.all(tx, { seq: position, limit })).map(({ seq, what, key }) => ({ seq, what, key }))

/** Takes away entries older than `before`, and notes how far, for processes that had not read them yet. */
export const purgeChanges = async (tx: Tx, before: number, limit: number): Promise<number> => {
  const purged = await purgeRows.all(tx, { before, limit })
  const highest = purged.reduce((most, { seq }) => Math.max(most, seq), 0)
  if (highest > 0) await numberAtLeast(tx, 'changes.purged', highest)
  return purged.length
}
