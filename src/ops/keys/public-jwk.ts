/**
 * The public half of a key as a JWK (RFC 7517), and its thumbprint (RFC 7638). Members are named one by one, so that
 * no private one can slip through (O07).
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { base64url, sha256 } from '../../base/bytes.ts'
import { canonicalJson, type JsonObject } from '../../base/json.ts'
import type { SigningAlgorithm } from './signing-algorithm.ts'

const MEMBERS: Record<string, readonly string[]> = {
  RSA: ['e', 'kty', 'n'],
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
}

/** The JWK to publish for a private or public key. */
export const publicJwk = (key: KeyObject, kid: string, algorithm: SigningAlgorithm): JsonObject => ({
  ...requiredMembers(key),
  use: 'sig',
  alg: algorithm,
  kid,
})

/** RFC 7638 §3: SHA-256 over the required members in lexical order, without white space. */
export const thumbprint = (key: KeyObject): string => base64url(sha256(canonicalJson(requiredMembers(key))))

const requiredMembers = (key: KeyObject): JsonObject => {
  const jwk = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  const names = MEMBERS[jwk.kty ?? '']
  if (!names) throw new Error(`no public JWK for a key of type ${jwk.kty}`)
  return Object.fromEntries(names.map((name) => [name, String(jwk[name])]))
}
