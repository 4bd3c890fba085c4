/**
 * Takes old events away: by age, then by size. Whole batches from the oldest on and nothing that is not sealed, so that
 * what stays can still be verified (DESIGN §11).
 */
import type { Store } from '../store/store.ts'
import type { EventSealer } from './seal-events.ts'

export type EventBudget = { readonly retention: number; readonly maxBytes: number }

export const purgeEvents = async (
  { store, sealer, budget }: { store: Pick<Store, 'read' | 'events'>; sealer: EventSealer; budget: EventBudget },
  now: number,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted && !(await sealer.seal(signal)).rest);
  while (!signal.aborted && (await sealer.purgeOldest(now - budget.retention)) !== null);
  while (!signal.aborted) {
    const { rows, bytes } = await store.events.size(store.read)
    if (bytes <= budget.maxBytes) return
    // Measuring reads every row's size: it is done again once as many went as should do.
    let tooMany = Math.ceil(((bytes - budget.maxBytes) / bytes) * rows)
    while (!signal.aborted && tooMany > 0) {
      const purged = await sealer.purgeOldest(Number.POSITIVE_INFINITY)
      if (purged === null) return
      tooMany -= purged
    }
  }
}
