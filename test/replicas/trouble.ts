/**
 * Kills one of two servers at a random moment and starts it again, over and over: which one, and when, is chance. The
 * moment is some milliseconds after it was given one of its next requests, so that the work itself is cut off.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Chance } from '../support/chance.ts'
import type { Pair } from './start-pair.ts'

export type Trouble = {
  /** Kills so far. The one that was killed last may be starting yet; the other one stands. */
  kills(): number
  /** Makes an end of it; resolves once both stand again. */
  end(): Promise<void>
}

const MOST_REQUESTS = 6
const MOST_MILLISECONDS = 15

export const makeTrouble = ({ balancer, servers }: Pair, chance: Chance): Trouble => {
  const over = new AbortController()
  let kills = 0
  const killing = (async () => {
    while (!over.signal.aborted) {
      const victim = chance.oneOf(servers)
      for (let requests = chance.between(1, MOST_REQUESTS); requests > 0; requests -= 1) {
        await balancer.nextRequestTo(victim.url, over.signal)
      }
      await pause(chance.between(0, MOST_MILLISECONDS))
      if (over.signal.aborted) return
      await victim.kill('SIGKILL')
      kills += 1
      await victim.restart()
    }
  })()
  // Told by `end`; meanwhile nobody waits for it.
  killing.catch(() => undefined)
  return {
    kills: () => kills,
    end: async () => {
      over.abort()
      await killing
    },
  }
}
