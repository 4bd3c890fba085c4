/**
 * How new passwords are hashed: argon2id (RFC 9106), at least as strong as OWASP's password storage cheat sheet asks.
 * The work is done on the thread pool.
 */
import type { Random } from '../../base/random.ts'
import type { Argon2Cost } from './password-hash.ts'
import { hashedForm, passwordFault } from './password-text.ts'

/** 19 MiB, two passes, one lane: OWASP's first choice for servers that do other work too. */
export const DEFAULT_COST: Argon2Cost = { memory: 19 * 1024, passes: 2, lanes: 1 }

// OWASP's list trades memory for passes; all of it lies at or above these two.
const LEAST_MEMORY = 7 * 1024
const LEAST_WORK = 5 * 7 * 1024

/** Whether a setting is on or above OWASP's list; anything less is refused where it is set. */
export const isStrongEnough = ({ memory, passes, lanes }: Argon2Cost): boolean =>
  memory >= LEAST_MEMORY && memory * passes >= LEAST_WORK && passes >= 1 && lanes >= 1 && memory >= 8 * lanes

const SALT_BYTES = 16
const HASH_BYTES = 32

/** The hash of a password that has no fault (`passwordFault`); one that has is a bug of the caller. */
export const hashPassword = async (password: string, cost: Argon2Cost, random: Random): Promise<string> => {
  const fault = passwordFault(password)
  if (fault) throw new Error(`a password that is ${fault} came to be hashed`)
  // The binary takes four megabytes: loaded with the first password, not at the start.
  const { hash } = await import('@node-rs/argon2')
  return hash(hashedForm(password), {
    // The package's default algorithm is argon2id, version 19.
    memoryCost: cost.memory,
    timeCost: cost.passes,
    parallelism: cost.lanes,
    outputLen: HASH_BYTES,
    salt: random(SALT_BYTES),
  })
}

/**
 * A hash that no password has, at the full cost of one that somebody has: what is checked for nobody (G01). Its digest
 * is drawn, not computed.
 */
export const decoyHash = ({ memory, passes, lanes }: Argon2Cost, random: Random): string => {
  const base64 = (length: number): string => Buffer.from(random(length)).toString('base64').replace(/=+$/, '')
  return `$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${base64(SALT_BYTES)}$${base64(HASH_BYTES)}`
}
