/** A lease is renewed at a third of its length, so that two attempts may fail before somebody else takes the job. */
import type { Clock } from '../base/clock.ts'
import { MINUTE } from '../base/clock.ts'
import type { Timers } from '../base/timers.ts'
import type { Job, Store } from '../store/store.ts'
import { aboutJob, type JobLog, messageOf } from './job-log.ts'

export const LEASE = MINUTE

export type LeaseHolder = {
  readonly store: Pick<Store, 'write' | 'jobs'>
  readonly clock: Clock
  readonly timers: Timers
  readonly log: JobLog
  readonly owner: string
}

/** Keeps a job's lease until told to stop; fires `abort` when it was lost (this process stood still for too long). */
export const holdLease = (holder: LeaseHolder, job: Job, abort: AbortController): (() => void) => {
  const { store, clock, timers, log, owner } = holder
  let cancel = (): void => {}
  let over = false

  const renew = async (): Promise<void> => {
    const end = clock.now() + LEASE
    const ours = await store.write((tx) => store.jobs.renew(tx, job.id, owner, end))
    if (ours || over) return
    over = true
    log.warn('a job lost its lease while it ran', aboutJob(job))
    abort.abort(new Error('the lease of this job was lost'))
  }
  const wait = (): void => {
    cancel = timers.after(LEASE / 3, () => {
      renew()
        .catch((error) =>
          log.warn('the lease of a job could not be renewed', { ...aboutJob(job), error: messageOf(error) }),
        )
        .finally(() => over || wait())
    })
  }

  wait()
  return () => {
    over = true
    cancel()
  }
}
