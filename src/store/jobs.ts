/**
 * Queries of the job queue. `next_at` is when a row wants attention, as waiting work or as a lease that ran out, so one
 * index answers what is due and when to look again; the dead have none.
 */
import { sql } from 'kysely'
import type { JobId } from '../base/ids.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { type PageShape, readPage } from './page.ts'
import { holdsTerm } from './search-text.ts'
import type { Job, JobStore, Tx } from './store.ts'
import type { ActivityTables } from './tables/activity.ts'

type JobRow = ActivityTables['jobs']

const COLUMNS = ['id', 'kind', 'key', 'payload', 'due_at', 'attempts', 'state', 'last_error'] as const

const toJob = (row: Omit<JobRow, 'next_at' | 'owner'>): Job => ({
  id: row.id,
  kind: row.kind,
  key: row.key,
  payload: fromJson(row.payload),
  dueAt: row.due_at,
  attempts: row.attempts,
  state: row.state,
  lastError: row.last_error,
})

// Written out in the text: only a constant lets the engines see which partial index is meant.
const WAITING = sql.lit<'waiting'>('waiting')
const RUNNING = sql.lit<'running'>('running')

const WRITTEN = [...COLUMNS, 'next_at', 'owner'] as const

const addRow = prepared((db, p: Bind<JobRow>) => {
  const sooner = sql<number>`case when excluded.due_at < jobs.due_at then excluded.due_at else jobs.due_at end`
  return db
    .insertInto('jobs')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) =>
      conflict.columns(['key', 'kind']).where('state', '=', WAITING).doUpdateSet({ due_at: sooner, next_at: sooner }),
    )
})

/** Puts a job among the waiting, unless one of its kind and key waits there already. */
const putBack = prepared((db, p: Bind<JobRow>) =>
  db
    .insertInto('jobs')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) => conflict.columns(['key', 'kind']).where('state', '=', WAITING).doNothing()),
)

/** Waits for another of its kind and key; that one is leased again first where its own lease ran out. */
const blocked = sql<boolean>`jobs.state = 'waiting' and exists (
  select 1 from jobs as other where other.state = 'running' and other.kind = jobs.kind and other.key = jobs.key
)`

const leaseRows = prepared((db, p: Bind<{ now: number; leaseEndsAt: number; limit: number; owner: string }>, engine) =>
  db
    .with('due', (cte) => {
      const due = cte
        .selectFrom('jobs')
        .select('jobs.id')
        .where('next_at', '<=', p('now'))
        .where((eb) => eb.not(eb.parens(blocked)))
        .orderBy('next_at')
        .limit(p('limit'))
      // What another process is leasing right now is passed over instead of waited for.
      return engine === 'postgres' ? due.forUpdate().skipLocked() : due
    })
    .updateTable('jobs')
    .set((eb) => ({
      state: RUNNING,
      attempts: eb('attempts', '+', 1),
      next_at: p('leaseEndsAt'),
      owner: p('owner'),
    }))
    .where('id', 'in', (eb) => eb.selectFrom('due').select('due.id'))
    .returning(COLUMNS),
)

const soonest = prepared((db, _p: Bind<object>) =>
  db
    .selectFrom('jobs')
    .select('next_at')
    .where('next_at', 'is not', null)
    .where((eb) => eb.not(eb.parens(blocked)))
    .orderBy('next_at')
    .limit(1),
)

type Held = { id: JobId; owner: string }

const renewRow = prepared((db, p: Bind<Held & { leaseEndsAt: number }>) =>
  db
    .updateTable('jobs')
    .set({ next_at: p('leaseEndsAt') })
    .where('id', '=', p('id'))
    .where('owner', '=', p('owner'))
    .where('state', '=', RUNNING),
)

const takeHeld = prepared((db, p: Bind<Held>) =>
  db
    .deleteFrom('jobs')
    .where('id', '=', p('id'))
    .where('owner', '=', p('owner'))
    .where('state', '=', RUNNING)
    .returning(COLUMNS),
)

const takeDead = prepared((db, p: Bind<{ id: JobId }>) =>
  db.deleteFrom('jobs').where('id', '=', p('id')).where('state', '=', sql.lit<'dead'>('dead')).returning(COLUMNS),
)

const insertRow = prepared((db, p: Bind<JobRow>) => db.insertInto('jobs').values(bindAll(p, WRITTEN)))

const removeRow = prepared((db, p: Bind<{ id: JobId }>) => db.deleteFrom('jobs').where('id', '=', p('id')))

const SHAPE: PageShape = {
  sorts: { due_at: { column: 'jobs.due_at', field: 'due_at', type: 'number' } },
  usual: 'due_at',
  id: { column: 'jobs.id', field: 'id' },
}

export const jobs: JobStore = {
  add: async (tx, job, _now) => {
    await addRow.run(tx, waitingRow({ ...job, attempts: 0, state: 'waiting', lastError: null }))
  },

  lease: async (tx, now, leaseMs, limit, owner) => {
    const rows = await leaseRows.all(tx, { now, leaseEndsAt: now + leaseMs, limit, owner })
    return rows.map(toJob).sort((a, b) => a.dueAt - b.dueAt)
  },

  nextDue: async (tx) => (await soonest.first(tx, {}))?.next_at ?? null,

  renew: async (tx, id, owner, leaseEndsAt) => (await renewRow.run(tx, { id, owner, leaseEndsAt })) === 1,

  done: async (tx, id, owner) => (await takeHeld.first(tx, { id, owner })) !== undefined,

  failed: async (tx, id, owner, error, dueAt) => {
    const row = await takeHeld.first(tx, { id, owner })
    if (!row) return false
    const job: Job = { ...toJob(row), lastError: error }
    if (dueAt === null) await insertRow.run(tx, deadRow(job))
    else await wait(tx, { ...job, dueAt })
    return true
  },

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        let rows = db.selectFrom('jobs').select(COLUMNS)
        if (query.state) rows = rows.where('state', '=', query.state)
        return query.search ? rows.where(holdsTerm('jobs.kind', query.search)) : rows
      },
      toJob,
    ),

  // A dead letter taken up again has all its tries before it.
  retry: async (tx, id, now) => {
    const row = await takeDead.first(tx, { id })
    if (!row) return false
    await wait(tx, { ...toJob(row), attempts: 0, dueAt: now })
    return true
  },

  remove: async (tx, id) => (await removeRow.run(tx, { id })) === 1,
}

const wait = async (tx: Tx, job: Job): Promise<void> => {
  await putBack.run(tx, waitingRow(job))
}

const waitingRow = (job: Job): JobRow => ({ ...rowOf(job), state: 'waiting', next_at: job.dueAt })

const deadRow = (job: Job): JobRow => ({ ...rowOf(job), state: 'dead', next_at: null })

const rowOf = (job: Job): Omit<JobRow, 'state' | 'next_at'> => ({
  id: job.id,
  kind: job.kind,
  key: job.key,
  payload: toJson(job.payload),
  due_at: job.dueAt,
  attempts: job.attempts,
  owner: null,
  last_error: job.lastError,
})
