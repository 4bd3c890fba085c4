/** Reads a stored password hash of any house that people may come from; the same for sign-in and for import. */
import { readArgon2 } from './formats/argon2.ts'
import { readBcrypt } from './formats/bcrypt.ts'
import { readLdap } from './formats/ldap.ts'
import { readPbkdf2 } from './formats/pbkdf2.ts'
import { readScrypt } from './formats/scrypt.ts'
import { type HashFormat, type PasswordHash, unsupported } from './password-hash.ts'

const FORMATS: readonly HashFormat[] = [readArgon2, readPbkdf2, readBcrypt, readScrypt, readLdap]

const LONGEST = 1024

/** What the text is. An import tells people of `unsupported` ones; at a sign-in they are a wrong password. */
export const readPasswordHash = (text: string): PasswordHash => {
  if (text.length > LONGEST) return unsupported(`longer than ${LONGEST} characters`)
  // Django writes `!` and 40 random characters, passwd(5) `!` and `*`.
  if (text === '' || /^[!*]/.test(text)) return { kind: 'unusable' }
  for (const read of FORMATS) {
    const hash = read(text)
    if (hash) return hash
  }
  return unsupported('no form that is known here')
}
