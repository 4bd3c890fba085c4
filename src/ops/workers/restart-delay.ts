/** How long a worker's place stays empty after it died so many times in a row: soon at first, never in a tight loop. */
import { SECOND } from '../../base/clock.ts'

const SOONEST = 100
const LATEST = 10 * SECOND

/** `deaths` in a row, this one included. */
export const restartDelay = (deaths: number): number => Math.min(LATEST, SOONEST * 2 ** (deaths - 1))
