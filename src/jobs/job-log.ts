/** What jobs say in the process's log. */
import type { Job } from '../store/store.ts'

export type JobLog = {
  warn(message: string, detail: object): void
  error(message: string, error: unknown, detail?: object): void
}

const LONGEST = 500

/** What is kept of an error: its words, as far as they fit a row. A row that cannot be written would never be settled. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, LONGEST).toWellFormed().replaceAll('\0', '\ufffd')

export const aboutJob = ({ id, kind, key, attempts }: Job): object => ({ job: id, kind, key, attempts })
