/**
 * scrypt (RFC 7914) as Django writes it (`scrypt$N$salt$r$p$base64`), in the layout with the salt first, and in the
 * modular form of passlib and Authelia (`$scrypt$ln=…,r=…,p=…$salt$hash`).
 */
import { type BinaryLike, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { utf8 } from '../../../base/bytes.ts'
import { type HashFormat, type PasswordHash, unsupported } from '../password-hash.ts'

const DJANGO = /^scrypt\$(\d{1,10})\$([^$]{1,256})\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]+)={0,2}$/
const SALT_FIRST = /^scrypt\$([^$]{1,256})\$(\d{1,10})\$(\d{1,4})\$(\d{1,4})\$([A-Za-z0-9+/]+)={0,2}$/
const MODULAR = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]{0,256})\$([A-Za-z0-9+/]+)$/

export const readScrypt: HashFormat = (text) => {
  const [, n, salt = '', r, p, hash = ''] = DJANGO.exec(text) ?? []
  // A salt of digits could stand in N's place; N is a power of two, which a salt hardly ever is.
  if (n && isPowerOfTwo(Number(n))) return scryptHash(Number(n), Number(r), Number(p), utf8(salt), hash)
  const saltFirst = SALT_FIRST.exec(text)
  if (saltFirst) {
    const [, early = '', cost, blocks, lanes, end = ''] = saltFirst
    return scryptHash(Number(cost), Number(blocks), Number(lanes), utf8(early), end)
  }
  const modular = MODULAR.exec(text)
  if (!modular) return null
  const [, log, blocks, lanes, early = '', end = ''] = modular
  return scryptHash(2 ** Number(log), Number(blocks), Number(lanes), Buffer.from(early, 'base64'), end)
}

const isPowerOfTwo = (n: number): boolean => n > 1 && Number.isInteger(Math.log2(n))

// As for argon2: about a second, and 256 MiB at most, which a small server survives four times at once.
const MOST_WORK = 2 ** 21
const LEAST_BYTES = 16
const MOST_BYTES = 128

const derive = promisify<BinaryLike, BinaryLike, number, ScryptOptions, Buffer>(scrypt)

const scryptHash = (n: number, r: number, p: number, salt: Uint8Array, base64: string): PasswordHash => {
  const hash = Buffer.from(base64, 'base64')
  if (!isPowerOfTwo(n) || r < 1 || p < 1) return unsupported('scrypt with parameters that do not exist')
  if (n * r * p > MOST_WORK) return unsupported('scrypt beyond our limits')
  if (hash.length < LEAST_BYTES || hash.length > MOST_BYTES) return unsupported('scrypt with a hash of an odd length')
  // OpenSSL counts a little more than the algorithm needs.
  const options = { N: n, r, p, maxmem: 128 * r * (n + p) + 1024 * 1024 }
  return {
    kind: 'hash',
    scheme: `scrypt/${n}/${r}/${p}`,
    matches: async (password) => timingSafeEqual(await derive(password, salt, hash.length, options), hash),
  }
}
