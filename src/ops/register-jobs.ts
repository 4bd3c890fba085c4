/** The jobs that keep the house in order. Each is due-time driven and runs once, however many processes there are. */
import { DAY, HOUR } from '../base/clock.ts'
import type { Store, Tx } from '../store/store.ts'
import { keypairSettings } from './keypair-settings.ts'
import { ROLLOVER_JOB, registerRollover } from './keys/rollover-job.ts'
import type { House } from './open-house.ts'
import { registerEventJobs } from './register-event-jobs.ts'
import { registerMailJob } from './register-mail-job.ts'
import type { TlsSource } from './tls/certificate.ts'

// Small batches, so that purging never holds the writer for long.
const BATCH = 500

const TLS_JOB = 'tls.renew'
/** Noted when certificates are to be looked at; those of other processes and machines too. */
const TLS_CHANGE = 'tls'

/** Has every process look at its certificate again. */
export const noteCertificate = ({ store }: Pick<House, 'store'>): Promise<void> =>
  store.write((tx) => store.changes.note(tx, TLS_CHANGE, 'certificate'))

export const registerJobs = (
  house: House,
  tls: { readonly tls: TlsSource | null; readonly renewTls: () => void },
): void => {
  const { jobs, store, clock, recorder, ring } = house
  registerRollover(jobs, { store, ring, clock, recorder }, () => keypairSettings(house.live.last()))
  store.changes.follow((change) => {
    // A key pair that was just made has no key to sign with yet.
    if (change.what === 'keypairs') {
      jobs
        .enqueue(null, { kind: ROLLOVER_JOB })
        .catch((error) => house.log.error('the roll-over of keys was not brought forward', error))
    }
    if (change.what !== 'keys' && change.what !== 'signing_keys' && change.what !== '*') return
    // A store that does not answer for a moment must not end the process: nothing else hears this promise.
    const reload = house.dataKeys.current().then(() => house.signingKeys.reload())
    reload.catch((error) => house.log.error('the signing keys were not read again', error))
  })
  jobs.register('store.purge', { run: async (_job, { signal, now }) => purge(house, now, signal) })
  jobs.every('store.purge', HOUR)
  registerEventJobs(house)
  registerMailJob(house)
  if (tls.tls) {
    const source = tls.tls
    const refresh = (now: number): void => {
      const renewed = source.refresh(now)
      if (!renewed.ok) throw new Error(renewed.error.message)
      if (renewed.value) tls.renewTls()
    }
    jobs.register(TLS_JOB, {
      run: async (_job, { now }) => {
        refresh(now)
        // One process runs the job, and each serves a certificate.
        await noteCertificate(house)
        return undefined
      },
    })
    jobs.every(TLS_JOB, DAY)
    store.changes.follow(({ what }) => {
      if (what !== TLS_CHANGE) return
      try {
        refresh(clock.now())
      } catch (error) {
        house.log.error('the certificate was not read again', error)
      }
    })
  }
}

/** Takes away what is over: attempts, ended sessions, expired grants, old changes. */
const purge = async (house: House, now: number, signal: AbortSignal): Promise<undefined> => {
  const { store } = house
  const steps: ((tx: Tx) => Promise<number>)[] = [
    (tx) => store.attempts.purge(tx, now - DAY, BATCH),
    (tx) => store.sessions.purge(tx, now - 30 * DAY, BATCH),
    (tx) => store.grants.purge(tx, now - DAY, BATCH),
    (tx) => store.changes.purge(tx, now - DAY, BATCH),
    (tx) => store.mailLinks.purge(tx, now - DAY, BATCH),
    (tx) => store.invitations.purge(tx, now - 30 * DAY, BATCH),
    // Longer than any rule remembers.
    (tx) => store.guesses.purge(tx, now - DAY, BATCH),
  ]
  for (const step of steps) await drain(store, step, signal)
  return undefined
}

const drain = async (store: Store, step: (tx: Tx) => Promise<number>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted && (await store.write(step)) === BATCH);
}
