/** How long a job that failed waits: doubling from ten seconds to an hour, half of it by chance. */
import { HOUR, SECOND } from '../base/clock.ts'
import type { Random } from '../base/random.ts'

const FIRST = 10 * SECOND
const LONGEST = HOUR

/** `attempt` is the number of the one that failed, from 1. Chance keeps jobs that failed together from meeting again. */
export const retryDelay = (attempt: number, random: Random): number => {
  const full = Math.min(LONGEST, FIRST * 2 ** (attempt - 1))
  const chance = Buffer.from(random(4)).readUInt32BE() / 2 ** 32
  return Math.round(full / 2 + (full / 2) * chance)
}
