/** Time comes in as an argument: every rule that depends on it takes `now` (epoch milliseconds) or a `Clock`. */
export type Clock = { now(): number }

export const systemClock: Clock = { now: () => Date.now() }

/** Milliseconds per unit, for lifetimes written in code. */
export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
