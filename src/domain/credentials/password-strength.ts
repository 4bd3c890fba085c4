/**
 * How hard a password is to guess (zxcvbn: common passwords, names, keyboard walks, repeats, dates), and what to do about
 * a weak one. The estimate runs here, nothing leaves the house.
 */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { wordsOf } from './password-rules.ts'

export type PasswordStrength = {
  /** 0 is guessed at once; 4 not even by whoever holds the hash. */
  readonly score: number
  /** What makes it weak, as zxcvbn calls it; null where there is no one thing. */
  readonly weakness: string | null
}

/**
 * What of a longer password is judged. The work grows with the square of the length, on the thread that answers everybody,
 * and strangers who enrol may cause it. Only the judgement is cut: no password is.
 */
const JUDGED = 64

let loading: Promise<ZxcvbnFactory> | null = null

// Thirty megabytes once it is read: with the first password that somebody chooses, not at the start.
const load = async (): Promise<ZxcvbnFactory> => (await import('./create-estimator.ts')).createEstimator()

/** `known`: words that whoever guesses knows to try, such as the person's names. */
export const passwordStrength = async (text: string, known: readonly string[]): Promise<PasswordStrength> => {
  loading ??= load()
  const judged = [...text.normalize('NFKC')].slice(0, JUDGED).join('')
  const { score, feedback } = (await loading).check(judged, wordsOf(known))
  return { score, weakness: feedback.warning ?? null }
}
