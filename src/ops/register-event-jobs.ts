/** The jobs that keep the audit log: sealed soon after it was written, counts told by the hour, old entries purged. */
import { HOUR, MINUTE } from '../base/clock.ts'
import { purgeEvents } from '../core/purge-events.ts'
import { createEventSealer } from '../core/seal-events.ts'
import { tellCounts } from '../core/tell-counts.ts'
import type { House } from './open-house.ts'

const SEAL = 'events.seal'
const TELL = 'events.tell'
const PURGE = 'events.purge'

/** How long an event waits for its seal. Nothing ticks where nothing is recorded. */
const SEALED_WITHIN = MINUTE

type EventKeeping = Pick<House, 'store' | 'clock' | 'recorder' | 'settingsNow' | 'sealKeys'> & {
  readonly jobs: Pick<House['jobs'], 'register' | 'every' | 'enqueue'>
  readonly log: Pick<House['log'], 'info' | 'error'>
}

export const registerEventJobs = (house: EventKeeping): void => {
  const { jobs, store, clock, recorder, log } = house
  const sealer = createEventSealer({ store, clock, signer: house.sealKeys.signer })
  jobs.register(SEAL, {
    run: async (_job, { signal, now }) => {
      const { head, rest } = await sealer.seal(signal)
      // Whoever keeps the log elsewhere has the head of the chain there: a cut-off end shows against it.
      if (head) log.info('the audit log is sealed', head)
      return rest ? undefined : { again: now }
    },
  })
  jobs.register(TELL, {
    run: async (_job, { signal, now }) =>
      (await tellCounts({ store, recorder, clock }, signal)) ? undefined : { again: now },
  })
  jobs.every(TELL, HOUR)
  jobs.register(PURGE, {
    run: async (_job, { signal, now }) => {
      await purgeEvents({ store, sealer, budget: house.settingsNow().events }, now, signal)
      return undefined
    },
  })
  jobs.every(PURGE, HOUR)
  sealAfterEvents(house)
}

/** One job for all that is recorded within a minute; the first of them asks for it. */
const sealAfterEvents = ({ jobs, recorder, clock, log }: EventKeeping): void => {
  let askedUntil = 0
  const ask = (dueAt: number): void => {
    askedUntil = dueAt
    jobs.enqueue(null, { kind: SEAL, key: SEAL, dueAt }).catch((error) => {
      askedUntil = 0
      log.error('the sealing of the audit log was not asked for', error)
    })
  }
  recorder.follow(() => {
    const now = clock.now()
    // A clock that was set back must not hold the next seal up for as long.
    if (now >= askedUntil || askedUntil > now + SEALED_WITHIN) ask(now + SEALED_WITHIN)
  })
  // What a process that died, or a command, left without a seal.
  ask(clock.now())
}
