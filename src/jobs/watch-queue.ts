/**
 * When to look for due jobs: one timer to the next due time, and at once when poked. Nothing ticks when nothing is due.
 */
import type { Clock } from '../base/clock.ts'
import { SECOND } from '../base/clock.ts'
import type { Timers } from '../base/timers.ts'
import type { Job, Store } from '../store/store.ts'
import { LEASE } from './hold-lease.ts'
import type { JobLog } from './job-log.ts'

export type QueueWatch = {
  readonly store: Pick<Store, 'read' | 'write' | 'jobs'>
  readonly clock: Clock
  readonly timers: Timers
  readonly log: JobLog
  readonly owner: string
  /** How many more jobs may begin now. */
  free(): number
  launch(job: Job): void
}

// Something is due that this process cannot have (another took it, or its twin runs): look again, but not in circles.
const PAUSE = SECOND
const STORE_PAUSE = 5 * SECOND

/** Begins to watch with the first `poke`. Once `stop` resolved, nothing more is leased or launched. */
export const watchQueue = (watch: QueueWatch): { poke(): void; stop(): Promise<void> } => {
  const { store, clock, timers, log, owner } = watch
  let cancel = (): void => {}
  let stopped = false
  let looking: Promise<void> | null = null
  let lookAgain = false

  const wakeIn = (milliseconds: number): void => {
    cancel()
    if (!stopped) cancel = timers.after(milliseconds, poke)
  }

  const look = async (): Promise<void> => {
    const dueAt = await store.jobs.nextDue(store.read)
    const free = watch.free()
    // With no place free, whoever ends pokes.
    if (dueAt === null || free < 1) return cancel()
    const now = clock.now()
    if (dueAt > now) return wakeIn(dueAt - now)
    const leased = await store.write((tx) => store.jobs.lease(tx, now, LEASE, free, owner))
    for (const job of leased) watch.launch(job)
    if (leased.length > 0) lookAgain = true
    else wakeIn(PAUSE)
  }

  const lookWhileAsked = async (): Promise<void> => {
    try {
      do {
        lookAgain = false
        await look()
      } while (lookAgain && !stopped)
    } catch (error) {
      log.error('the job queue cannot be read', error)
      wakeIn(STORE_PAUSE)
    } finally {
      looking = null
    }
  }

  const poke = (): void => {
    if (stopped) return
    if (looking) lookAgain = true
    else looking = lookWhileAsked()
  }

  return {
    poke,
    async stop() {
      stopped = true
      cancel()
      await looking
    },
  }
}
