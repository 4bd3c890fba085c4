/**
 * One queue and scheduler over the store. A job runs under a lease that is renewed while it runs, so a process that
 * dies gives it back by dying. That makes every job run at least once, not exactly once: what it does must bear being
 * done again.
 */
import { type Clock, SECOND } from '../base/clock.ts'
import { type JobId, newId } from '../base/ids.ts'
import { type Random, token } from '../base/random.ts'
import type { Timers } from '../base/timers.ts'
import type { Job, Store, Tx } from '../store/store.ts'
import { type JobKind, type NewJob, RECURRING } from './job-kind.ts'
import { aboutJob, type JobLog } from './job-log.ts'
import { type JobWorld, runJob } from './run-job.ts'
import { watchQueue } from './watch-queue.ts'

export type JobRunner = {
  register(kind: string, job: JobKind): void
  /**
   * Has a registered kind run every `interval` milliseconds, first one interval from when it was first asked for.
   * Survives restarts, runs once however many processes ask, and goes on after failures. Before `start`.
   */
  every(kind: string, interval: number): void
  /**
   * Adds a job, in the caller's transaction or, with `null`, in one of its own. A job of a recurring kind without a
   * key of its own brings the next run forward.
   */
  enqueue(tx: Tx | null, job: NewJob): Promise<void>
  start(): Promise<void>
  /** Looks for due jobs now; harmless at any time. */
  poke(): void
  /** Takes no more jobs and waits for those that run; after `grace` milliseconds their signals fire. */
  stop(grace?: number): Promise<void>
}

export type JobRunnerSettings = {
  readonly store: Pick<Store, 'read' | 'write' | 'jobs' | 'changes'>
  readonly record: JobWorld['record']
  readonly clock: Clock
  readonly random: Random
  readonly timers: Timers
  readonly log: JobLog
  /** Jobs that run at once; four unless said otherwise. */
  readonly concurrency?: number
}

export const createJobRunner = (settings: JobRunnerSettings): JobRunner => {
  const { store, clock, random, timers, concurrency = 4 } = settings
  const kinds = new Map<string, JobKind>()
  const intervals = new Map<string, number>()
  const world = { ...settings, kinds, intervals, owner: token(random) }
  const running = runningJobs(settings, (job, abort) => runJob(world, job, abort))
  const queue = watchQueue({
    ...world,
    free: () => concurrency - running.count(),
    launch: (job) => running.launch(job, () => queue.poke()),
  })
  let state: 'new' | 'started' | 'stopped' = 'new'
  let unfollow = (): void => {}

  const poke = (): void => {
    if (state === 'started') queue.poke()
  }
  const add = (tx: Tx, job: Pick<Job, 'kind' | 'key' | 'payload' | 'dueAt'>): Promise<void> => {
    const now = clock.now()
    return store.jobs.add(tx, { ...job, id: newId<JobId>(now, random) }, now)
  }

  return {
    poke,

    register(kind, job) {
      if (kinds.has(kind)) throw new Error(`the job kind ${kind} is registered twice`)
      kinds.set(kind, job)
    },

    every(kind, interval) {
      if (state !== 'new') throw new Error(`${kind} became recurring after the start`)
      if (!kinds.has(kind)) throw new Error(`the recurring job kind ${kind} is not registered`)
      if (!(interval >= SECOND)) throw new Error(`${kind} cannot recur every ${interval} ms`)
      intervals.set(kind, interval)
    },

    async enqueue(tx, { kind, key, payload = {}, dueAt = clock.now() }) {
      const write = async (inside: Tx): Promise<void> => {
        await add(inside, { kind, key: key ?? (intervals.has(kind) ? RECURRING : null), payload, dueAt })
        // Wakes the process that runs jobs, when that is another one.
        await store.changes.note(inside, 'jobs', kind)
      }
      await (tx ? write(tx) : store.write(write))
      // After the commit: a transaction on SQLite ends before any timer fires. On PostgreSQL the note wakes us.
      timers.after(0, poke)
    },

    async start() {
      if (state !== 'new') throw new Error('a job runner starts once')
      for (const [kind, interval] of intervals) {
        const dueAt = clock.now() + interval
        await store.write((tx) => add(tx, { kind, key: RECURRING, payload: {}, dueAt }))
      }
      state = 'started'
      unfollow = store.changes.follow(({ what }) => {
        if (what === 'jobs' || what === '*') poke()
      })
      poke()
    },

    async stop(grace = 10 * SECOND) {
      state = 'stopped'
      unfollow()
      await queue.stop()
      await running.end(grace)
    },
  }
}

/** The jobs that run in this process now. */
const runningJobs = (
  { timers, log }: { readonly timers: Timers; readonly log: JobLog },
  run: (job: Job, abort: AbortController) => Promise<void>,
) => {
  const running = new Map<JobId, { job: Job; abort: AbortController; ended: Promise<void> }>()

  /** Until all have ended, or `milliseconds` have passed. */
  const endedWithin = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = timers.after(milliseconds, resolve)
      void Promise.all([...running.values()].map((one) => one.ended)).then(() => {
        cancel()
        resolve()
      })
    })

  return {
    count: () => running.size,
    launch(job: Job, whenEnded: () => void): void {
      const abort = new AbortController()
      const ended = run(job, abort)
        .catch((error) => log.error('a job is not settled; it runs again when its lease ends', error, aboutJob(job)))
        .finally(() => {
          running.delete(job.id)
          whenEnded()
        })
      running.set(job.id, { job, abort, ended })
    },
    async end(grace: number): Promise<void> {
      await endedWithin(grace)
      for (const { abort } of running.values()) abort.abort(new Error('the process stops'))
      if (running.size > 0) await endedWithin(SECOND)
      // Their leases end by themselves, and another process begins them again.
      for (const { job } of running.values()) log.warn('a job still runs at the end', aboutJob(job))
    },
  }
}
