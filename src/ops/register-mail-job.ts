/** The job that sends what lies in the outbox. */
import { MAIL_JOB } from '../core/mails/outbox.ts'
import type { House } from './open-house.ts'

export const registerMailJob = ({ jobs, mails }: Pick<House, 'jobs' | 'mails'>): void => {
  jobs.register(MAIL_JOB, {
    run: async (job, { now }) => {
      const delivery = await mails.outbox.deliver(job.payload, job.id, now)
      if (delivery.outcome === 'dead') return { giveUp: delivery.why }
      if (delivery.outcome === 'later') throw new Error(delivery.why)
      return undefined
    },
  })
}
