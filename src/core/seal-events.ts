/**
 * Closes what was recorded into signed batches of the chain (DESIGN §11), and takes batches away by age without breaking
 * it. Each batch is one transaction that holds the chain, so two processes never close over the same entry.
 */
import type { Clock } from '../base/clock.ts'
import { type ChainSigner, closeBatch, type EventBatch, markPurged } from '../events/seal.ts'
import type { ChainHead } from '../events/verify-chain.ts'
import type { Store } from '../store/store.ts'

type Deps = {
  readonly store: Pick<Store, 'write' | 'events'>
  readonly clock: Clock
  readonly signer: () => Promise<ChainSigner>
}

export type EventSealer = {
  /** Seals what waits, a bounded number of batches a call. `rest`: whether nothing waits any more. */
  seal(signal: AbortSignal): Promise<{ readonly head: ChainHead | null; readonly rest: boolean }>
  /** Takes the oldest batch away where it was closed before `before`; tells how many entries, null where there is no such batch. */
  purgeOldest(before: number): Promise<number | null>
}

// A batch is one transaction: long enough to be worth its signature, short enough not to hold the writer up.
const LARGEST_BATCH = 500
const MOST_BATCHES = 40

export const createEventSealer = ({ store, clock, signer }: Deps): EventSealer => {
  const { chain } = store.events

  const sealOne = (by: ChainSigner): Promise<{ batch: EventBatch | null; full: boolean }> =>
    store.write(async (tx) => {
      const last = await chain.lock(tx)
      const entries = await chain.unsealed(tx, LARGEST_BATCH)
      if (entries.length === 0) return { batch: null, full: false }
      const batch = closeBatch(last, entries, clock.now(), by)
      await chain.add(tx, batch, entries)
      return { batch, full: entries.length === LARGEST_BATCH }
    })

  return {
    seal: async (signal) => {
      const by = await signer()
      let head: ChainHead | null = null
      for (let round = 0; round < MOST_BATCHES && !signal.aborted; round += 1) {
        const { batch, full } = await sealOne(by)
        if (batch) head = { number: batch.number, hash: batch.hash }
        if (!full) return { head, rest: true }
      }
      return { head, rest: false }
    },
    purgeOldest: async (before) => {
      const by = await signer()
      return store.write(async (tx) => {
        await chain.lock(tx)
        const oldest = await chain.oldest(tx)
        if (!oldest || oldest.closedAt >= before) return null
        return chain.purge(tx, markPurged(oldest, clock.now(), by))
      })
    },
  }
}
