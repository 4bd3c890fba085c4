/**
 * `GH-7K2Q`: what a person denied can read out to an administrator, who finds the whole trace by it. It is a name for an
 * event of the last days, not a secret. The letters are Crockford's: none of I, L, O, U, so that each is read one way.
 */
import type { Random } from '../base/random.ts'

// What people hear and read for one of the letters (Crockford's base 32).
const ALIKE: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export const denialCode = (random: Random): string =>
  // 256 is a multiple of 32, so every letter is as likely as another.
  `GH-${[...random(4)].map((byte) => LETTERS.charAt(byte % LETTERS.length)).join('')}`

/** The code as it is kept, from how somebody typed it; null for what is none. The beginning may be left out. */
export const readDenialCode = (text: string): string | null => {
  const [, typed] = /^(?:GH[- ]?)?([0-9A-Z]{4})$/.exec(text.trim().toUpperCase()) ?? []
  if (typed === undefined) return null
  const letters = [...typed].map((letter) => ALIKE[letter] ?? letter)
  return letters.every((letter) => LETTERS.includes(letter)) ? `GH-${letters.join('')}` : null
}
