/**
 * How guessing is slowed down (DESIGN §13, NIST SP 800-63B §5.2.2): tries are free until so many failed, then each must
 * wait, twice as long as the one before, up to a bound. Counted apart per account, per network, per pair of both, per
 * known device, per all of them and for the whole house, so that neither one account from everywhere nor every account from one place
 * can be tried fast (E14, M16).
 */
import { HOUR, MINUTE, SECOND } from '../../base/clock.ts'

/** What a count is about. */
export const GUESS_SCOPES = [
  'pair',
  'device',
  'known',
  'account',
  'network',
  'house',
  'mailbox',
  'mail_network',
] as const
export type GuessScope = (typeof GUESS_SCOPES)[number]

export type GuessRule = {
  /** Failures that cost nothing. */
  readonly free: number
  /** Milliseconds to wait after the first that does. */
  readonly first: number
  /** The longest wait. */
  readonly most: number
  /** A count is forgotten after this long without a failure. */
  readonly forget: number
}

/**
 * The account's longest wait is short: it is what a stranger can do to somebody who is at a new device. Whoever signed
 * in from a device before is counted by that device instead, so nobody is ever locked out of it (M16).
 */
export const GUESS_RULES: Readonly<Record<GuessScope, GuessRule>> = {
  pair: { free: 5, first: 2 * SECOND, most: 15 * MINUTE, forget: 12 * HOUR },
  device: { free: 5, first: 2 * SECOND, most: 15 * MINUTE, forget: 12 * HOUR },
  // All known devices of one account together: of somebody who knows its password, there may be many.
  known: { free: 20, first: SECOND, most: 30 * SECOND, forget: 12 * HOUR },
  account: { free: 20, first: SECOND, most: 30 * SECOND, forget: 12 * HOUR },
  network: { free: 50, first: SECOND, most: 5 * MINUTE, forget: HOUR },
  // Ten a second for strangers, while the house is under attack from everywhere; known devices are not asked.
  house: { free: 1_000, first: SECOND / 10, most: SECOND / 10, forget: 10 * MINUTE },
  // Mails are no guesses, but asked for by strangers as often (E18): none of them may fill a mailbox, nor one network many.
  mailbox: { free: 3, first: MINUTE, most: HOUR, forget: 24 * HOUR },
  mail_network: { free: 20, first: 10 * SECOND, most: 15 * MINUTE, forget: HOUR },
}

/** Failures in a row, and when the last one was; tries under way count as failed until they are known to be right. */
export type GuessCount = { readonly failures: number; readonly lastAt: number }

/** The count as it stands by now: one that lies long enough behind is none. */
const standing = (count: GuessCount | undefined, rule: GuessRule, now: number): number =>
  count === undefined || now - count.lastAt >= rule.forget ? 0 : count.failures

/** Failures that are not forgotten by now. */
export const failuresOf = (count: GuessCount | undefined, scope: GuessScope, now: number): number =>
  standing(count, GUESS_RULES[scope], now)

/** A try that was counted: what it was counted under, to be forgiven where it was right. */
export type GuessTicket = readonly (readonly [scope: GuessScope, key: string])[]

/** Milliseconds until another try is taken; 0 where it is now. */
export const guessWait = (count: GuessCount | undefined, scope: GuessScope, now: number): number => {
  const rule = GUESS_RULES[scope]
  const failures = standing(count, rule, now)
  if (count === undefined || failures < rule.free) return 0
  const wait = Math.min(rule.most, rule.first * 2 ** (failures - rule.free))
  // A clock that was set back must not make the wait longer than its bound (O08).
  return Math.min(rule.most, Math.max(0, count.lastAt + wait - now))
}

/** The count with one more try. */
export const countGuess = (count: GuessCount | undefined, scope: GuessScope, now: number): GuessCount => ({
  failures: standing(count, GUESS_RULES[scope], now) + 1,
  lastAt: now,
})

/** The count once a try was right: nothing is left of what is that person's alone; of shared ones the try is taken back. */
export const forgiveGuess = (count: GuessCount, scope: GuessScope): GuessCount | null => {
  if (scope === 'pair' || scope === 'device') return null
  return count.failures > 1 ? { ...count, failures: count.failures - 1 } : null
}
