/**
 * How a process stays up to date: it keeps the number it has read up to, reads on when something may have changed, and
 * calls its followers in order. The engine's part, `Source`, tells when there is nothing to ask.
 */
import { changesAfter, purgeChanges, readMarks } from './changes.ts'
import { noteChange } from './note-change.ts'
import type { Change, ChangeFeed, Tx } from './store.ts'

export type Source = {
  /** Whether nothing can have changed since `asking` was last called, given how far was read. */
  isCurrent(position: number): boolean
  /** Called right before the store is asked. */
  asking(): void
  /** The answer did not come or was not heard: nothing is confirmed. */
  failed(): void
}

export type OpenFeed = ChangeFeed & {
  /** Reads on without being asked, for whoever must act on a change; failures wait for the next who asks. */
  wake(): void
}

const AT_ONCE = 500
/** What a follower is told that must start afresh, since entries were taken away before it had read them. */
const ALL: Omit<Change, 'seq'> = { what: '*', key: '' }

/** Follows the changes from how the store stands now. */
export const openChangeFeed = async (read: Tx, source: Source): Promise<OpenFeed> => {
  source.asking()
  let position = (await readMarks(read)).last
  const followers = new Set<(change: Change) => void>()
  let reading: Promise<true> | null = null

  const tell = (change: Change): void => {
    // Moved on only after all were told: a follower that throws is asked again, and nobody answers from its cache.
    for (const follower of followers) follower(change)
    position = change.seq
  }

  const readOn = async (): Promise<true> => {
    source.asking()
    try {
      const { last, purged } = await readMarks(read)
      if (position < purged) tell({ ...ALL, seq: last })
      while (position < last) {
        const changes = await changesAfter(read, position, AT_ONCE)
        for (const change of changes) tell(change)
        // They were there a moment ago: taken away meanwhile.
        if (changes.length === 0) tell({ ...ALL, seq: last })
      }
      return true
    } catch (error) {
      source.failed()
      throw error
    }
  }

  const begin = (): Promise<true> => {
    reading ??= readOn().finally(() => {
      reading = null
    })
    return reading
  }

  const fresh = (): true | Promise<true> => {
    // Whoever comes while a reading is under way needs one that began after they came, unless it settled the matter.
    if (reading) return reading.then(() => (source.isCurrent(position) ? true : begin()))
    return source.isCurrent(position) ? true : begin()
  }

  return {
    note: async (tx, what, key) => noteChange(tx, what, key),
    fresh,
    wake: () => {
      if (followers.size > 0) Promise.resolve(fresh()).catch(() => {})
    },
    follow: (follower) => {
      followers.add(follower)
      return () => {
        followers.delete(follower)
      }
    },
    purge: purgeChanges,
  }
}
