/**
 * Turns the counts of hours that are over into events, one for each thing counted (DESIGN §11). Taking a count and telling
 * of it is one transaction, so each is told once, however many processes there are.
 */
import type { Clock } from '../base/clock.ts'
import { HOUR } from '../base/clock.ts'
import type { EventDraft } from '../events/event.ts'
import type { EventCount, Store } from '../store/store.ts'
import type { Recorder } from './recorder.ts'

// Small batches, so that telling never holds the writer for long.
const BATCH = 200
const MOST_BATCHES = 50

/** Tells whether nothing is left to be told now. */
export const tellCounts = async (
  { store, recorder, clock }: { store: Pick<Store, 'write' | 'events'>; recorder: Pick<Recorder, 'in'>; clock: Clock },
  signal: AbortSignal,
): Promise<boolean> => {
  const hour = Math.floor(clock.now() / HOUR)
  for (let batch = 0; batch < MOST_BATCHES && !signal.aborted; batch += 1) {
    const taken = await store.write(async (tx) => {
      const counts = await store.events.takeCounts(tx, hour, BATCH)
      for (const count of counts) await recorder.in(tx, eventOf(count))
      return counts.length
    })
    if (taken < BATCH) return true
  }
  return false
}

const eventOf = ({ key, hour, count }: EventCount): EventDraft => {
  // Written by `recorder.counted` and nowhere else: an event without where it came from.
  const event = JSON.parse(key) as EventDraft
  return { ...event, detail: { ...event.detail, count, since: hour * HOUR, until: (hour + 1) * HOUR } }
}
