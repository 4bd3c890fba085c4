/**
 * `GH-7K2Q`: what a person denied can read out to an administrator, who finds the whole trace by it. It is a name for an
 * event of the last days, not a secret. The letters are Crockford's: none of I, L, O, U, so that each is read one way.
 */
import type { Random } from '../base/random.ts'

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export const denialCode = (random: Random): string =>
  // 256 is a multiple of 32, so every letter is as likely as another.
  `GH-${[...random(4)].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('')}`
