/**
 * bcrypt as `$2a$`, `$2b$` and `$2y$`, Django's `bcrypt$` before it, and Django's `bcrypt_sha256$`, which hashes first.
 * bcrypt sees 72 bytes and stops at a NUL, so raw bcrypt would take any password that begins like the right one (M03).
 */
import { sha256, utf8 } from '../../../base/bytes.ts'
import { type HashFormat, unsupported } from '../password-hash.ts'

const FORM = /^(bcrypt\$|bcrypt_sha256\$)?(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/

// 2^15 rounds are about two seconds; beyond, each step doubles it.
const LEAST_COST = 4
const MOST_COST = 15
const SEEN_BYTES = 72

export const readBcrypt: HashFormat = (text) => {
  const [found, prefix, crypt = '', cost = ''] = FORM.exec(text) ?? []
  if (!found) return null
  if (Number(cost) < LEAST_COST || Number(cost) > MOST_COST) return unsupported('bcrypt beyond our limits')
  const check = async (password: Uint8Array): Promise<boolean> => {
    // Only houses that passwords moved into need the binary.
    const { verify } = await import('@node-rs/bcrypt')
    return verify(password, crypt).catch(() => false)
  }
  if (prefix === 'bcrypt_sha256$') {
    return {
      kind: 'hash',
      scheme: `bcrypt_sha256/${cost}`,
      matches: (password) => check(utf8(sha256(password).toString('hex'))),
    }
  }
  return {
    kind: 'hash',
    scheme: `bcrypt/${cost}`,
    matches: async (password) => password.length <= SEEN_BYTES && !password.includes(0) && check(password),
  }
}
