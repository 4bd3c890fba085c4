/**
 * Something loaded from the store and kept in memory for as long as no change touches it. Asked for, it first makes
 * sure that this process knows of every change (DESIGN §4), so what is answered is never older than the question.
 */
import type { Change, ChangeFeed } from '../store/store.ts'

export type KeptFact<T> = { current(): T | Promise<T>; close(): void }

export const keepFact = <T>(
  changes: ChangeFeed,
  touches: (what: string, change: Change) => boolean,
  load: () => Promise<T>,
): KeptFact<T> => {
  let kept: { value: T } | null = null
  let loading: Promise<T> | null = null
  let version = 0
  const stop = changes.follow((change) => {
    if (change.what !== '*' && !touches(change.what, change)) return
    version += 1
    kept = null
    loading = null
  })
  const renew = (): Promise<T> => {
    if (loading) return loading
    const asOf = version
    const started = load().then((value) => {
      // A change that came while loading may not be in it.
      if (asOf === version) kept = { value }
      return value
    })
    loading = started.finally(() => {
      if (asOf === version) loading = null
    })
    return loading
  }
  return {
    current: () => {
      const fresh = changes.fresh()
      if (fresh === true) return kept ? kept.value : renew()
      return fresh.then(() => (kept ? kept.value : renew()))
    },
    close: stop,
  }
}
