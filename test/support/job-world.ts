/**
 * A world for the job runner: a clock with its timers, and an in-memory table that keeps the promises of `JobStore`, so
 * that hours pass at once. The real stores have the same promises tested in `src/jobs/job-store.test.ts`.
 */
import type { JobId } from '../../src/base/ids.ts'
import { systemRandom } from '../../src/base/random.ts'
import type { EventDraft } from '../../src/events/event.ts'
import type { JobEnd } from '../../src/jobs/job-kind.ts'
import { createJobRunner } from '../../src/jobs/job-runner.ts'
import type { Change, Job, JobStore, Store, Tx } from '../../src/store/store.ts'

export const START = Date.UTC(2026, 0, 1)

/** A clock and its timers; `advance` fires what falls due on the way, in order. */
const fakeTime = () => {
  let now = START
  let skew = 0
  const waiting = new Map<object, { at: number; run: () => void }>()
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  }
  return {
    clock: { now: () => now + skew },
    timers: {
      after(milliseconds: number, run: () => void) {
        const key = {}
        waiting.set(key, { at: now + milliseconds, run })
        return () => void waiting.delete(key)
      },
    },
    waiting: () => [...waiting.values()].map(({ at }) => at - now),
    /** Sets the wall clock alone, as an administrator or a time server does. */
    jump: (by: number) => {
      skew += by
    },
    async advance(milliseconds: number) {
      const end = now + milliseconds
      await settle()
      for (;;) {
        const [first] = [...waiting].sort(([, a], [, b]) => a.at - b.at)
        if (!first || first[1].at > end) break
        waiting.delete(first[0])
        now = first[1].at
        first[1].run()
        await settle()
      }
      now = end
    },
  }
}

export type JobRow = Job & { owner: string | null; leaseEndsAt: number | null }

/** The table `jobs`, and how often it was asked. */
const jobTable = () => {
  const rows = new Map<JobId, JobRow>()
  const asked = { lease: 0, nextDue: 0 }
  const twin = (row: JobRow, state: Job['state']) =>
    row.key === null
      ? undefined
      : [...rows.values()].find(
          (one) => one !== row && one.kind === row.kind && one.key === row.key && one.state === state,
        )
  const leasable = (row: JobRow, now: number) =>
    row.state === 'waiting' ? row.dueAt <= now : row.state === 'running' && (row.leaseEndsAt ?? 0) <= now
  const own = (id: JobId, owner: string) => {
    const row = rows.get(id)
    return row?.state === 'running' && row.owner === owner ? row : undefined
  }
  const jobs: Omit<JobStore, 'list' | 'retry' | 'remove'> = {
    async add(_tx, job) {
      const row: JobRow = { ...job, attempts: 0, state: 'waiting', lastError: null, owner: null, leaseEndsAt: null }
      const there = twin(row, 'waiting')
      if (there) rows.set(there.id, { ...there, dueAt: Math.min(there.dueAt, job.dueAt) })
      else rows.set(job.id, row)
    },
    async lease(_tx, now, leaseMs, limit, owner) {
      asked.lease++
      const leased: Job[] = []
      for (const row of [...rows.values()].sort((a, b) => a.dueAt - b.dueAt)) {
        const other = twin(row, 'running')
        if (leased.length === limit || !leasable(row, now) || (other && !leasable(other, now))) continue
        const next: JobRow = { ...row, state: 'running', owner, leaseEndsAt: now + leaseMs, attempts: row.attempts + 1 }
        rows.set(row.id, next)
        leased.push(next)
      }
      return leased
    },
    async nextDue() {
      asked.nextDue++
      const times = [...rows.values()].flatMap((row) =>
        row.state === 'waiting' ? [row.dueAt] : row.state === 'running' ? [row.leaseEndsAt ?? 0] : [],
      )
      return times.length > 0 ? Math.min(...times) : null
    },
    async renew(_tx, id, owner, leaseEndsAt) {
      const row = own(id, owner)
      if (row) rows.set(id, { ...row, leaseEndsAt })
      return row !== undefined
    },
    done: async (_tx, id, owner) => own(id, owner) !== undefined && rows.delete(id),
    async failed(_tx, id, owner, error, dueAt) {
      const row = own(id, owner)
      if (!row) return false
      const back: JobRow = {
        ...row,
        state: dueAt === null ? 'dead' : 'waiting',
        lastError: error,
        owner: null,
        leaseEndsAt: null,
        dueAt: dueAt ?? row.dueAt,
      }
      const there = dueAt === null ? undefined : twin(row, 'waiting')
      if (there) rows.delete(id)
      else rows.set(id, back)
      return true
    },
  }
  return { rows, asked, jobs }
}

export const jobWorld = () => {
  const time = fakeTime()
  const table = jobTable()
  const events: EventDraft[] = []
  const logged: string[] = []
  const followers = new Set<(change: Change) => void>()
  const notes: string[] = []
  let broken = false
  let silent = false
  const store = {
    read: {} as Tx,
    async write<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      if (broken) throw new Error('the database is away')
      return work({} as Tx)
    },
    jobs: table.jobs as JobStore,
    changes: {
      note: async (_tx: Tx, what: string, key: string) => {
        notes.push(`${what}/${key}`)
        if (silent) return
        // As on PostgreSQL: told to everyone a moment after the commit.
        queueMicrotask(() => {
          for (const follower of followers) follower({ seq: 1, what, key })
        })
      },
      follow: (follower: (change: Change) => void) => {
        followers.add(follower)
        return () => void followers.delete(follower)
      },
    },
    // Only what a runner is given; the rest of the store is not there.
  } as unknown as Store
  const log = {
    warn: (message: string, detail: object) => void logged.push(`${message}: ${JSON.stringify(detail)}`),
    error: (message: string, error: unknown) => void logged.push(`${message}: ${error}`),
  }
  const runner = (concurrency?: number) =>
    createJobRunner({
      store,
      record: async (_tx, event) => void events.push(event),
      log,
      random: systemRandom,
      clock: time.clock,
      timers: time.timers,
      ...(concurrency ? { concurrency } : {}),
    })
  return {
    ...time,
    ...table,
    events,
    logged,
    followers,
    store,
    runner,
    notes,
    /** As on SQLite: followers hear of a change when somebody asks, and nobody does. */
    silenceFeed: () => {
      silent = true
    },
    breakStore: (is: boolean) => {
      broken = is
    },
  }
}

/** A kind that notes when it ran, and ends as told. */
export const noting = (
  time: { clock: { now(): number } },
  end: (run: number) => JobEnd | Promise<JobEnd> = () => undefined,
) => {
  const ran: number[] = []
  return { ran, run: async () => end(ran.push(time.clock.now() - START)) }
}

/** Something that a job waits for until the test lets it go on. */
export const gate = () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  return { promise, open: () => resolve(undefined) }
}
