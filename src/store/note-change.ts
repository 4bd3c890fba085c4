/** Notes that something changed; numbered and written right before the commit, so that numbers follow commits. */
import { executorOf } from './dialect/executor.ts'
import type { Tx } from './store.ts'

export const noteChange = (tx: Tx, what: string, key: string): void => executorOf(tx).note(what, key)
