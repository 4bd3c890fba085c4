/**
 * PBKDF2 (RFC 8018 §5.2) as Django writes it (`pbkdf2_sha256$rounds$salt$base64`: authentik's own hashes) and in the
 * modular form of passlib and Authelia (`$pbkdf2-sha512$rounds$salt$hash`, base64 with `.` for `+`).
 */
import { pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { utf8 } from '../../../base/bytes.ts'
import { type HashFormat, type PasswordHash, unsupported } from '../password-hash.ts'

const DJANGO = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([^$]{1,256})\$([A-Za-z0-9+/]+)={0,2}$/
const MODULAR =
  /^\$pbkdf2(?:-(sha1|sha224|sha256|sha384|sha512))?\$(\d{1,9})\$([A-Za-z0-9./+]{0,256})\$([A-Za-z0-9./+]+)$/

export const readPbkdf2: HashFormat = (text) => {
  const django = DJANGO.exec(text)
  if (django) {
    const [, digest = '', rounds, salt = '', hash = ''] = django
    return pbkdf2Hash(digest, Number(rounds), utf8(salt), Buffer.from(hash, 'base64'))
  }
  const modular = MODULAR.exec(text)
  if (!modular) return null
  const [, digest = 'sha1', rounds, salt = '', hash = ''] = modular
  return pbkdf2Hash(digest, Number(rounds), fromAdapted(salt), fromAdapted(hash))
}

const fromAdapted = (text: string): Uint8Array => Buffer.from(text.replaceAll('.', '+'), 'base64')

const SIZES: Record<string, number> = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }

// Five times what Django asks today; about a second.
const MOST_ROUNDS = 5_000_000
// Fewer bytes could be met by chance.
const LEAST_BYTES = 16

const derive = promisify(pbkdf2)

const pbkdf2Hash = (digest: string, rounds: number, salt: Uint8Array, hash: Uint8Array): PasswordHash => {
  // Each output block runs through all the rounds again.
  const work = rounds * Math.ceil(hash.length / (SIZES[digest] ?? 1))
  if (rounds < 1 || work > MOST_ROUNDS) return unsupported('pbkdf2 beyond our limits')
  if (hash.length < LEAST_BYTES) return unsupported('pbkdf2 with a hash that is too short')
  return {
    kind: 'hash',
    scheme: `pbkdf2-${digest}/${work}`,
    matches: async (password) => timingSafeEqual(await derive(password, salt, rounds, hash.length, digest), hash),
  }
}
