/**
 * Checks and hashes passwords for everyone who asks. Bounded: beyond a full queue the answer is `busy`, which is a 503
 * with Retry-After and never a refusal. A refusal costs the same whether the person exists, moved in or never was (G01).
 */
import type { Clock } from '../../base/clock.ts'
import type { Random } from '../../base/random.ts'
import { reveal, type Secret } from '../../base/secret.ts'
import { boundedQueue } from './bounded-queue.ts'
import { evenCost } from './even-cost.ts'
import { needsRehash } from './needs-rehash.ts'
import type { Argon2Cost, PasswordHash } from './password-hash.ts'
import { DEFAULT_COST, decoyHash, hashPassword, isStrongEnough } from './password-hasher.ts'
import { checkedForms, passwordFault } from './password-text.ts'
import { readPasswordHash } from './read-password-hash.ts'
import { matchesAny, verifyPassword } from './verify-password.ts'

export type PasswordVerdict =
  /** `rehash` replaces the stored hash; null where that is as it should be. */
  | { readonly verdict: 'right'; readonly rehash: string | null }
  | { readonly verdict: 'wrong' }
  | { readonly verdict: 'busy' }

export type PasswordService = {
  /** `hash` is what is stored; null for somebody without a password, and for nobody. */
  verify(hash: string | null, password: Secret): Promise<PasswordVerdict>
  /**
   * Whether it is the password of one of these hashes, of which a person's history is made. Each check takes its own turn
   * in the queue. Not for sign-ins: what it takes tells how many there are.
   */
  isAmong(hashes: readonly string[], password: Secret): Promise<boolean | 'busy'>
  /** Of a password without a fault (`passwordFault`), which the caller looked at before. */
  hash(password: Secret): Promise<string | 'busy'>
}

export type PasswordSettings = {
  /** Hashes at once. As many as there are cores, four at most: each holds a thread of the pool and its memory. */
  readonly concurrency: number
  readonly cost?: Argon2Cost
  /** How many may wait for one. */
  readonly queueLimit?: number
  readonly clock: Clock
  readonly random: Random
}

export const createPasswordService = (settings: PasswordSettings): PasswordService => {
  const { cost = DEFAULT_COST, clock, random } = settings
  if (!isStrongEnough(cost)) throw new Error('the parameters for argon2id are below what OWASP asks')
  const queue = boundedQueue({ concurrency: settings.concurrency, limit: settings.queueLimit ?? 64 })
  const decoy = readPasswordHash(decoyHash(cost, random))
  if (decoy.kind !== 'hash') throw new Error('the parameters for argon2id are beyond what is ever verified')
  const even = evenCost(decoy)

  const check = async (stored: string | null, password: string): Promise<PasswordVerdict> => {
    const fault = passwordFault(password)
    const forms = checkedForms(password)
    const hash: PasswordHash | null = stored === null ? null : readPasswordHash(stored)
    const now = clock.now()
    if (hash) even.notice(hash, now)
    if (stored !== null && hash && !fault && (await matchesAny(hash, forms))) {
      return { verdict: 'right', rehash: needsRehash(stored, cost) ? await hashPassword(password, cost, random) : null }
    }
    await even.payOthers(fault ? null : hash, forms, now)
    return { verdict: 'wrong' }
  }

  return {
    async verify(stored, password) {
      const verdict = await queue.run(() => check(stored, reveal(password, 'verify a password')))
      return verdict === 'busy' ? { verdict } : verdict
    },
    isAmong: async (stored, password) => {
      const text = reveal(password, 'look for a password among former ones')
      for (const hash of stored) {
        const found = await queue.run(() => verifyPassword(hash, text))
        if (found === 'busy' || found) return found
      }
      return false
    },
    hash: (password) => queue.run(() => hashPassword(reveal(password, 'hash a password'), cost, random)),
  }
}
