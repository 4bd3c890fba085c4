/**
 * Whether somebody proved enough, and lately enough, to change what they prove themselves with. Whoever has a second
 * factor must have shown it: else a password alone would be enough to put another in its place.
 */
import { MINUTE } from '../../base/clock.ts'
import { ownProofs, type Proof } from './session.ts'

const LATELY = 15 * MINUTE

/** The way past every flow, for those who lost what they had: made on the server, once, and told in the log. */
export const BREAK_GLASS = 'recovery'

/** `held`: the methods of the authenticators that the person could be asked for now. */
export const provenEnough = (proofs: readonly Proof[], held: ReadonlySet<string>, now: number): boolean =>
  ownProofs(proofs)
    .filter(({ at }) => now - at <= LATELY)
    .some(({ method }) => held.size === 0 || held.has(method) || method === BREAK_GLASS)
