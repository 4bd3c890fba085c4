/** The claims of an ID token (OpenID Connect Core §2, §3.1.3.6). What is said of the person never covers the token's own. */
import { createHash } from 'node:crypto'
import { base64url } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { commonClaims, type TokenSubject } from './token-claims.ts'

export const ID_TOKEN_TYPE = 'JWT'

export type IdToken = TokenSubject & {
  readonly jti: string
  readonly nonce: string | undefined
  readonly accessToken: string
  /** The signer's algorithm: `at_hash` is made with the hash that goes with it. */
  readonly algorithm: string
  /** What the scopes tell of the person, if ID tokens carry it. */
  readonly about: JsonObject
}

export const idTokenClaims = (token: IdToken): JsonObject => ({
  ...token.about,
  ...commonClaims(token),
  nonce: token.nonce,
  jti: token.jti,
  at_hash: leftHalfHash(token.accessToken, token.algorithm),
})

const HASHES: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' }

/** The left half of the hash, in base64url. EdDSA's own hash is SHA-512 (Ed25519). */
const leftHalfHash = (text: string, algorithm: string): string => {
  const hash = createHash(HASHES[algorithm.slice(-3)] ?? 'sha512')
    .update(text, 'ascii')
    .digest()
  return base64url(hash.subarray(0, hash.length / 2))
}
