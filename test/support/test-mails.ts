/** The house's mails over a real store, without a server: what would be sent is read out of the outbox. */
import { type Clock, SECOND } from '../../src/base/clock.ts'
import { type JobId, newId } from '../../src/base/ids.ts'
import { systemRandom } from '../../src/base/random.ts'
import { ok } from '../../src/base/result.ts'
import { createGuesses } from '../../src/core/guesses.ts'
import { createMailLinks } from '../../src/core/mails/mail-links.ts'
import { createMails, type Mails } from '../../src/core/mails/mails.ts'
import { createOutbox } from '../../src/core/mails/outbox.ts'
import type { People } from '../../src/core/people.ts'
import type { KeyRing } from '../../src/domain/keys/key-ring.ts'
import type { Mail } from '../../src/domain/mail/mail.ts'
import type { MailSettings } from '../../src/domain/mail/mail-settings.ts'
import type { Store } from '../../src/store/store.ts'

export const MAIL_SERVER: MailSettings = {
  host: 'localhost',
  port: 25,
  security: 'none',
  username: null,
  password: null,
  from: { name: 'Gatehouse', address: 'sso@example.com' },
  timeout: 1000,
  ca: null,
}

export type TestMails = Mails & {
  /** Sends what waits in the outbox; tells every mail, with null for nobody's. */
  flush(): Promise<(Mail | null)[]>
}

export const testMails = (given: {
  readonly store: Store
  readonly ring: KeyRing
  readonly people: Pick<People, 'ofUser'>
  readonly clock: Clock
  readonly settings?: () => MailSettings | null
  readonly adminMails?: () => readonly string[]
  readonly webPath?: string
}): TestMails => {
  const { store, ring, people, clock, settings = () => MAIL_SERVER, adminMails = () => [], webPath = '/' } = given
  const sent: Mail[] = []
  const outbox = createOutbox({
    ring,
    settings,
    brand: () => ({ title: 'Gatehouse', locale: null }),
    enqueue: async (tx, job) => {
      const now = clock.now()
      await store.jobs.add(tx, { ...job, id: newId<JobId>(now, systemRandom), key: null, dueAt: job.dueAt ?? now }, now)
    },
    send: async (_settings, mail) => {
      sent.push(mail)
      return ok({ answer: '250 taken' })
    },
  })
  const links = createMailLinks({ store, ring, people, clock, random: systemRandom })
  const mails = createMails({
    store,
    outbox,
    links,
    guesses: createGuesses({ store, ring, clock }),
    ring,
    adminMails,
    webPath,
  })
  return {
    ...mails,
    flush: async () => {
      const jobs = await store.write((tx) => store.jobs.lease(tx, clock.now() + SECOND, 1000, 500, 'test'))
      const all: (Mail | null)[] = []
      for (const job of jobs.filter((one) => one.kind === 'mail.send')) {
        const delivery = await outbox.deliver(job.payload, job.id, clock.now())
        all.push(delivery.outcome === 'sent' ? (sent.at(-1) ?? null) : null)
        await store.write((tx) => store.jobs.done(tx, job.id, 'test'))
      }
      return all
    },
  }
}
