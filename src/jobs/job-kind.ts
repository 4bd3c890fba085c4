/** What a kind of job is, and what a job may answer. */
import type { JsonObject } from '../base/json.ts'
import type { Job } from '../store/store.ts'

export type JobKind = {
  /**
   * Does the work. A throw is a failure and tried again later; its message is kept with the job and in the audit log,
   * so it holds no secret. `signal` fires when the lease was lost or the process stops: the work is to end then.
   */
  run(job: Job, context: { readonly signal: AbortSignal; readonly now: number }): Promise<JobEnd>
  /** Attempts before it is a dead letter; ten unless said otherwise. */
  readonly maxAttempts?: number
}

/** Done; or done and to run again at a time; or never to be tried again, and why. */
export type JobEnd = undefined | { readonly again: number } | { readonly giveUp: string }

export type NewJob = {
  readonly kind: string
  /** At most one job of a kind and key waits, and one runs; left out, any number may. */
  readonly key?: string
  /** No secrets: it lies in the open. */
  readonly payload?: JsonObject
  /** Now, unless said otherwise. */
  readonly dueAt?: number
}

/** The kinds there are, and how often those that recur do. */
export type JobKinds = {
  readonly kinds: ReadonlyMap<string, JobKind>
  readonly intervals: ReadonlyMap<string, number>
}

/** The key under which the one waiting row of a recurring kind stands. */
export const RECURRING = 'every'
