/**
 * Rows of the store, each kept in memory until a change touches it or room is needed. As with `keepFact`, whoever asks
 * is first told every change that this process has not taken in yet (DESIGN §4): nothing kept is older than the question.
 */
import type { Change, ChangeFeed } from '../store/store.ts'

export type KeptByKey<K extends string, T> = {
  /** The value as of now; null where there is none. */
  of(key: K): T | null | Promise<T | null>
  close(): void
}

export type KeepRules<K extends string, T> = {
  /** Which keys a change touches: one, all, or none. */
  touched(change: Change): K | 'all' | 'none'
  load(key: K): Promise<T | null>
  /** Whether a kept value can still be told; false makes it be loaded again. For what time alone ends or begins. */
  holds?(value: T): boolean
  /** At most twice as many are kept. */
  readonly most?: number
}

const MOST = 5_000

/** What is not there is not kept: made-up keys take no room, and a row that appears is seen. */
export const keepByKey = <K extends string, T>(changes: ChangeFeed, rules: KeepRules<K, T>): KeptByKey<K, T> => {
  const most = rules.most ?? MOST
  // Two generations in place of an order of use: a hit in the young one costs one lookup and moves nothing.
  let young = new Map<K, T>()
  let old = new Map<K, T>()
  const loading = new Map<K, Promise<T | null>>()

  const forget = (): void => {
    young.clear()
    old.clear()
    loading.clear()
  }
  const stop = changes.follow((change) => {
    const key = change.what === '*' ? 'all' : rules.touched(change)
    if (key === 'none') return
    if (key === 'all') return forget()
    young.delete(key)
    old.delete(key)
    // What is being read may not have the change in it: its askers came before, the next one reads anew.
    loading.delete(key)
  })

  const keep = (key: K, value: T): void => {
    if (young.size >= most) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  const recall = (key: K): T | undefined => {
    let value = young.get(key)
    if (value === undefined) {
      value = old.get(key)
      if (value !== undefined) keep(key, value)
    }
    return value === undefined || rules.holds?.(value) === false ? undefined : value
  }
  const load = (key: K): Promise<T | null> => {
    const underWay = loading.get(key)
    if (underWay) return underWay
    const started: Promise<T | null> = rules.load(key).then(
      (value) => {
        if (loading.get(key) === started) {
          loading.delete(key)
          if (value !== null) keep(key, value)
        }
        return value
      },
      (error: unknown) => {
        if (loading.get(key) === started) loading.delete(key)
        throw error
      },
    )
    loading.set(key, started)
    return started
  }
  const current = (key: K): T | Promise<T | null> => recall(key) ?? load(key)

  return {
    of: (key) => {
      const fresh = changes.fresh()
      return fresh === true ? current(key) : fresh.then(() => current(key))
    },
    close: () => {
      stop()
      forget()
    },
  }
}
