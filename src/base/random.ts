/** Randomness comes in as an argument, so that rules stay pure and tests repeatable. */
import { randomBytes } from 'node:crypto'
import { base64url } from './bytes.ts'

export type Random = (length: number) => Uint8Array

// One call for many draws: a token request draws five times, and each call costs more than its bytes.
const POOL = 8_192
const LARGEST_FROM_POOL = 64

/** Of the operating system's generator, through OpenSSL's. */
export const systemRandom: Random = (length) => {
  if (length > LARGEST_FROM_POOL) return randomBytes(length)
  if (used + length > pool.length) {
    pool = randomBytes(POOL)
    used = 0
  }
  const drawn = Uint8Array.prototype.slice.call(pool, used, used + length)
  // What became somebody's secret is kept by them alone.
  pool.fill(0, used, used + length)
  used += length
  return drawn
}
let pool: Uint8Array = new Uint8Array(0)
let used = 0

/** Digits by chance, each as likely: bytes that would favour some are drawn again. */
export const digits = (random: Random, count: number): string => {
  let drawn = ''
  while (drawn.length < count) {
    for (const byte of random(16)) if (byte < 250 && drawn.length < count) drawn += String(byte % 10)
  }
  return drawn
}

/** An unguessable token of 256 bits, as 43 characters of base64url: codes, session cookies, links. */
export const token = (random: Random): string => base64url(random(32))
