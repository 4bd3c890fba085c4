/**
 * The algorithms that tokens are signed with (RFC 7518 §3.1, RFC 8037 §3.1), and which key belongs to which. A key
 * signs under its own algorithm only: one key under two algorithms is how confusion attacks begin (RFC 8725 §3.1).
 */
import { type KeyObject, sign, verify } from 'node:crypto'

export const SIGNING_ALGORITHMS = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number]

/** The one algorithm of a key; `null` for keys that sign no tokens here, RSA below 2048 bits among them (RFC 7518 §3.3). */
export const algorithmOf = (key: KeyObject): SigningAlgorithm | null => {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'rsa') return (details?.modulusLength ?? 0) >= 2048 ? 'RS256' : null
  if (type === 'ec') return curves[details?.namedCurve ?? ''] ?? null
  return type === 'ed25519' ? 'EdDSA' : null
}

const curves: Record<string, SigningAlgorithm> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }

const digests = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', EdDSA: null } as const

// A signature with a longer RSA key holds the event loop for milliseconds; with the others for a fraction of one.
const LONGEST_ON_MAIN_THREAD = 2048

/** How a private key signs: at once, or on the thread pool where that would hold everyone else up. */
export const signWith = (
  key: KeyObject,
  algorithm: SigningAlgorithm,
): ((input: string) => Buffer | Promise<Buffer>) => {
  const digest = digests[algorithm]
  const options = optionsOf(key)
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) <= LONGEST_ON_MAIN_THREAD) {
    return (input) => sign(digest, Buffer.from(input), options)
  }
  return (input) =>
    new Promise((resolve, reject) => {
      sign(digest, Buffer.from(input), options, (error, signature) => (error ? reject(error) : resolve(signature)))
    })
}

/** How a public key verifies: false for whatever is no signature of it, never a throw. */
export const verifyWith = (
  key: KeyObject,
  algorithm: SigningAlgorithm,
): ((input: string, signature: Uint8Array) => boolean) => {
  const digest = digests[algorithm]
  const options = optionsOf(key)
  return (input, signature) => {
    try {
      return verify(digest, Buffer.from(input), options, signature)
    } catch {
      return false
    }
  }
}

// JWS has ECDSA signatures as r||s, not as the DER that OpenSSL makes by itself (RFC 7518 §3.4).
const optionsOf = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const })
