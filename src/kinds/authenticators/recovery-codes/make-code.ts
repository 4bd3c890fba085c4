/**
 * A recovery code: twelve letters and digits that are not mistaken for one another, 58 bits. With tries counted and only
 * keyed hashes kept, that is far beyond guessing (NIST SP 800-63B §5.1.2 asks for 20 bits).
 */
import type { Random } from '../../../base/random.ts'

// No 0 and o; no 1, i and l; no u and v.
const SIGNS = '23456789abcdefghjkmnpqrstwxyz'
const LENGTH = 12

export const makeCode = (random: Random): string => {
  let code = ''
  while (code.length < LENGTH) {
    const [byte = 255] = random(1)
    // Bytes beyond the last whole run of signs would make the first signs likelier.
    if (byte < 256 - (256 % SIGNS.length)) code += SIGNS[byte % SIGNS.length]
  }
  return code
}

/** As it is shown: in fours, which are easier to read and to type. */
export const inGroups = (code: string): string => code.match(/.{1,4}/g)?.join('-') ?? ''
