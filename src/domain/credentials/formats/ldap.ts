/**
 * `userPassword` values of directories (RFC 2307 §5.3; `{SSHA}` and its kin as OpenLDAP and 389 write them): a digest
 * with an optional salt behind it, or one of the other families under a prefix. Weak, so rehashed at the next sign-in.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type HashFormat, type PasswordHash, unsupported } from '../password-hash.ts'
import { readArgon2 } from './argon2.ts'
import { readBcrypt } from './bcrypt.ts'
import { readPbkdf2 } from './pbkdf2.ts'

const FORM = /^\{([A-Za-z0-9-]{1,20})\}(.*)$/s

/** The digest behind a scheme, and whether a salt stands behind the digest. */
const DIGESTS: Record<string, { readonly digest: string; readonly size: number; readonly salted: boolean }> = {
  MD5: { digest: 'md5', size: 16, salted: false },
  SMD5: { digest: 'md5', size: 16, salted: true },
  SHA: { digest: 'sha1', size: 20, salted: false },
  SSHA: { digest: 'sha1', size: 20, salted: true },
  SHA256: { digest: 'sha256', size: 32, salted: false },
  SSHA256: { digest: 'sha256', size: 32, salted: true },
  SHA384: { digest: 'sha384', size: 48, salted: false },
  SSHA384: { digest: 'sha384', size: 48, salted: true },
  SHA512: { digest: 'sha512', size: 64, salted: false },
  SSHA512: { digest: 'sha512', size: 64, salted: true },
}

const PREFIXED: Record<string, (rest: string) => PasswordHash | null> = {
  ARGON2: readArgon2,
  BCRYPT: readBcrypt,
  // Of crypt(3)'s many forms only bcrypt; the others have no implementation here that leaves the main thread free.
  CRYPT: readBcrypt,
  PBKDF2: (rest) => readPbkdf2(`$pbkdf2$${rest}`),
  'PBKDF2-SHA1': (rest) => readPbkdf2(`$pbkdf2-sha1$${rest}`),
  'PBKDF2-SHA256': (rest) => readPbkdf2(`$pbkdf2-sha256$${rest}`),
  'PBKDF2-SHA512': (rest) => readPbkdf2(`$pbkdf2-sha512$${rest}`),
}

export const readLdap: HashFormat = (text) => {
  const [, name = '', rest = ''] = FORM.exec(text) ?? []
  if (!name) return null
  const scheme = name.toUpperCase()
  if (rest === '' || /^[!*]/.test(rest)) return { kind: 'unusable' }
  const digest = DIGESTS[scheme]
  if (digest) return digestHash(digest, rest)
  return PREFIXED[scheme]?.(rest) ?? unsupported(`the scheme {${scheme}}`)
}

const digestHash = ({ digest, size, salted }: (typeof DIGESTS)[string], base64: string): PasswordHash => {
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0)
  const fits = salted ? bytes.length > size && bytes.length <= size + 64 : bytes.length === size
  if (!fits) return unsupported(`a ${digest} digest of an odd length`)
  const [expected, salt] = [bytes.subarray(0, size), bytes.subarray(size)]
  return {
    kind: 'hash',
    scheme: null,
    matches: async (password) => timingSafeEqual(createHash(digest).update(password).update(salt).digest(), expected),
  }
}
