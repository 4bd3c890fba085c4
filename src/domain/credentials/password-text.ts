/** A password as bytes: what is refused before any hashing, and which spellings of it count (NIST SP 800-63B §5.1.1.2). */
import { utf8 } from '../../base/bytes.ts'

const LONGEST_PASSWORD = 4096

export type PasswordFault = 'empty' | 'too_long' | 'malformed'

/**
 * Why a text cannot be a password. Whatever would make two passwords one is refused (M01, M03): nothing is cut, so a
 * longer text is no password; a NUL ends the text for bcrypt, and adds nothing to it at the end for PBKDF2 and scrypt
 * (HMAC pads its key with NULs, RFC 2104 §2); half a surrogate pair has no UTF-8, and becomes what any other half does.
 */
export const passwordFault = (text: string): PasswordFault | null => {
  if (text === '') return 'empty'
  if (text.length > LONGEST_PASSWORD || Buffer.byteLength(text) > LONGEST_PASSWORD) return 'too_long'
  return text.isWellFormed() && !text.includes('\0') ? null : 'malformed'
}

/** What is hashed: keyboards spell `é` in one code point or in two, and the person cannot see which. */
export const hashedForm = (text: string): Uint8Array => utf8(text.normalize('NFKC'))

/**
 * What a check goes over. A text that is no password is never hashed; nothing is, in its place, so that the answer takes
 * as long as any other (M01).
 */
export const checkedForms = (text: string): Uint8Array[] =>
  passwordFault(text) ? [new Uint8Array(0)] : possibleForms(text)

/** What may have been hashed: as typed, as other houses do; and normalised, as this one does. */
export const possibleForms = (text: string): Uint8Array[] => {
  const normalised = text.normalize('NFKC')
  return normalised === text ? [utf8(text)] : [utf8(text), utf8(normalised)]
}
