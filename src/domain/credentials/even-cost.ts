/**
 * Makes wrong passwords cost the same, whoever they are for (G01). Nobody costs one check of today's kind. Somebody who
 * moved in costs a check of another kind until the first sign-in, which would show who exists. So every refusal pays for
 * each kind that is in use: its own for real, the others for nothing.
 */
import { DAY } from '../../base/clock.ts'
import type { PasswordHash } from './password-hash.ts'
import { matchesAny } from './verify-password.ts'

type Hash = Extract<PasswordHash, { kind: 'hash' }>

export type EvenCost = {
  /** Notes the kind of a hash that somebody has. */
  notice(hash: PasswordHash, now: number): void
  /** Pays for all kinds in use but the one that was paid for already. */
  payOthers(paid: PasswordHash | null, forms: readonly Uint8Array[], now: number): Promise<void>
}

// Kinds beyond these are of one or two people; paying for dozens would be a gift to whoever sends guesses.
const MOST_KINDS = 3
// A kind that nobody had for a day has been rehashed away.
const REMEMBERED = DAY

export const evenCost = (decoy: Hash): EvenCost => {
  // By scheme, the one seen last at the end.
  const seen = new Map<string, { readonly hash: Hash; readonly at: number }>()

  const forget = (now: number): void => {
    for (const [scheme, { at }] of seen) if (now - at > REMEMBERED || seen.size > MOST_KINDS) seen.delete(scheme)
  }

  return {
    notice(hash, now) {
      if (hash.kind !== 'hash' || hash.scheme === null || hash.scheme === decoy.scheme) return
      seen.delete(hash.scheme)
      seen.set(hash.scheme, { hash, at: now })
      forget(now)
    },
    async payOthers(paid, forms, now) {
      forget(now)
      const scheme = paid?.kind === 'hash' ? paid.scheme : null
      for (const hash of [decoy, ...[...seen.values()].map((one) => one.hash)]) {
        // The answer is thrown away: this is somebody else's hash, or nobody's.
        if (hash.scheme !== scheme) await matchesAny(hash, forms)
      }
    },
  }
}
