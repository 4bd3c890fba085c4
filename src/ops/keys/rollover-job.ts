/** The job that keeps signing keys up to date: it runs when the next step is due, and once a day whatever happens. */
import { DAY } from '../../base/clock.ts'
import type { JobRunner } from '../../jobs/job-runner.ts'
import { type KeypairSettings, type RolloverWorld, rollOver } from './roll-over.ts'

/** To be brought forward with `enqueue(tx, { kind: ROLLOVER_JOB })` when a key pair was added or its rules changed. */
export const ROLLOVER_JOB = 'keys.rollover'

export const registerRollover = (
  jobs: Pick<JobRunner, 'register' | 'every'>,
  world: RolloverWorld,
  /** As the configuration stands when the job runs. */
  keypairs: () => readonly KeypairSettings[],
): void => {
  jobs.register(ROLLOVER_JOB, {
    run: async (_job, { now }) => {
      const dueAt = await rollOver(world, keypairs())
      return { again: Math.min(dueAt ?? Number.POSITIVE_INFINITY, now + DAY) }
    },
  })
  jobs.every(ROLLOVER_JOB, DAY)
}
