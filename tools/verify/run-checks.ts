/** Runs the checks one after another; each counts as one. */
import type { Check } from '../checks/check.ts'
import { EMPTY, sum, type Tally } from './tally.ts'

const MOST_LINES = 200

export const runChecks = async (
  checks: readonly Check[],
  options: { root: string; say(text: string): void },
): Promise<Tally> => {
  let tally = EMPTY
  for (const check of checks) {
    const started = Date.now()
    const faults = await faultsOf(check, options.root)
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    options.say(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`)
    const words = faults.join('\n').split('\n').slice(0, MOST_LINES).join('\n')
    tally = sum(
      tally,
      faults.length === 0
        ? { ...EMPTY, passed: 1 }
        : { ...EMPTY, failed: [{ title: check.name, place: 'check', words }] },
    )
  }
  return tally
}

/** A check that breaks has not passed. */
const faultsOf = async (check: Check, root: string): Promise<readonly string[]> => {
  try {
    return await check.run(root)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}
