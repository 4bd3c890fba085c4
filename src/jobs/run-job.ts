/**
 * One run of one job: the work under its lease, then what becomes of the row. How it ended, its next run and its event
 * are one transaction, so that no crash comes between them.
 */
import { type JobId, newId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import type { EventDraft } from '../events/event.ts'
import type { Job, Store, Tx } from '../store/store.ts'
import { holdLease, type LeaseHolder } from './hold-lease.ts'
import { type JobKinds, RECURRING } from './job-kind.ts'
import { aboutJob, type JobLog, messageOf } from './job-log.ts'
import { retryDelay } from './retry-delay.ts'

export type JobWorld = LeaseHolder &
  JobKinds & {
    readonly store: Pick<Store, 'write' | 'jobs'>
    /** Records an event in the transaction of its effect. */
    readonly record: (tx: Tx, event: EventDraft) => Promise<void>
    readonly random: Random
  }

type Attempt = { readonly again: number | null } | { readonly failed: string; readonly final: boolean }

const DEFAULT_ATTEMPTS = 10

/** Runs a leased job and settles it. Throws where the store does not answer; the lease then ends by itself. */
export const runJob = async (world: JobWorld, job: Job, abort: AbortController): Promise<void> => {
  const release = holdLease(world, job, abort)
  try {
    const end = await attempt(world, job, abort.signal)
    await ('failed' in end ? settleFailure(world, job, end.failed, end.final) : settleSuccess(world, job, end.again))
  } finally {
    release()
  }
}

const attempt = async (
  { kinds, clock, log }: JobKinds & Pick<JobWorld, 'clock'> & { readonly log: JobLog },
  job: Job,
  signal: AbortSignal,
): Promise<Attempt> => {
  const kind = kinds.get(job.kind)
  const max = kind?.maxAttempts ?? DEFAULT_ATTEMPTS
  // Nobody lived to count its last failure: it takes its process down with it, and would again.
  if (job.attempts > max) return { failed: job.lastError ?? 'the process ended while it ran', final: true }
  const final = job.attempts === max
  if (!kind) return { failed: `no job of kind ${job.kind} is known here`, final }
  try {
    const end = await kind.run(job, { signal, now: clock.now() })
    if (end && 'giveUp' in end) return { failed: end.giveUp, final: true }
    return { again: end?.again ?? null }
  } catch (error) {
    log.warn('a job failed', { ...aboutJob(job), error: messageOf(error), stack: (error as Error | null)?.stack })
    return { failed: messageOf(error), final }
  }
}

const settleSuccess = (world: JobWorld, job: Job, again: number | null): Promise<void> =>
  world.store.write(async (tx) => {
    if (await world.store.jobs.done(tx, job.id, world.owner)) await addNext(world, tx, job, again)
  })

const settleFailure = (world: JobWorld, job: Job, error: string, final: boolean): Promise<void> => {
  const { store, clock, random, owner } = world
  if (!final) {
    const dueAt = clock.now() + retryDelay(job.attempts, random)
    return store.write(async (tx) => void (await store.jobs.failed(tx, job.id, owner, error, dueAt)))
  }
  return store.write(async (tx) => {
    // A recurring job has its next run for a second chance; a dead letter each time would pile up.
    const recurring = intervalOf(world, job) !== undefined
    const ours = recurring
      ? await store.jobs.done(tx, job.id, owner)
      : await store.jobs.failed(tx, job.id, owner, error, null)
    if (!ours) return
    if (recurring) await addNext(world, tx, job, null)
    await world.record(tx, {
      type: 'job.dead',
      actor: { kind: 'system', name: 'jobs' },
      target: `jobs/${job.id}`,
      detail: { kind: job.kind, key: job.key, attempts: job.attempts, error },
    })
  })
}

const addNext = async (world: JobWorld, tx: Tx, job: Job, again: number | null): Promise<void> => {
  const now = world.clock.now()
  const interval = intervalOf(world, job)
  const dueAt = again ?? (interval === undefined ? null : now + interval)
  if (dueAt === null) return
  const { kind, key, payload } = job
  await world.store.jobs.add(tx, { id: newId<JobId>(now, world.random), kind, key, payload, dueAt }, now)
}

const intervalOf = ({ intervals }: JobKinds, job: Job): number | undefined =>
  job.key === RECURRING ? intervals.get(job.kind) : undefined
