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

/**
 * How a private key signs: at once, or on the thread pool where that would hold everyone else up. The key goes to
 * `sign` by itself: wrapped in an object with `dsaEncoding`, Node takes longer over the wrapping than over an ES256
 * signature (30 µs against 65).
 */
export const signWith = (
  key: KeyObject,
  algorithm: SigningAlgorithm,
): ((input: string) => Uint8Array | Promise<Uint8Array>) => {
  const digest = digests[algorithm]
  const size = ecdsaSizes[algorithm]
  const told = (signature: Buffer): Uint8Array => (size === undefined ? signature : jwsSignature(signature, size))
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) <= LONGEST_ON_MAIN_THREAD) {
    return (input) => told(sign(digest, Buffer.from(input), key))
  }
  return (input) =>
    new Promise((resolve, reject) => {
      sign(digest, Buffer.from(input), key, (error, signature) => (error ? reject(error) : resolve(told(signature))))
    })
}

/** Bytes of r and of s. */
const ecdsaSizes: Partial<Record<SigningAlgorithm, number>> = { ES256: 32, ES384: 48, ES512: 66 }

/**
 * r || s (RFC 7518 §3.4) from OpenSSL's own DER, a SEQUENCE of two INTEGERs (RFC 3279 §2.2.3): each without leading
 * zeros, but with one where the first bit is set.
 */
const jwsSignature = (der: Uint8Array, size: number): Uint8Array => {
  const signature = new Uint8Array(2 * size)
  // A length above 127 takes a byte more (ES512).
  let at = der[1] === 0x81 ? 3 : 2
  for (const end of [size, 2 * size]) {
    const length = der[at + 1] ?? 0
    const number = der.subarray(at + 2, at + 2 + length)
    const bare = number.length > size ? number.subarray(number.length - size) : number
    signature.set(bare, end - bare.length)
    at += 2 + length
  }
  return signature
}

/** How a public key verifies: false for whatever is no signature of it, never a throw. */
export const verifyWith = (
  key: KeyObject,
  algorithm: SigningAlgorithm,
): ((input: string, signature: Uint8Array) => boolean) => {
  const digest = digests[algorithm]
  // JWS has ECDSA signatures as r||s (RFC 7518 §3.4).
  const options = { key, dsaEncoding: 'ieee-p1363' as const }
  return (input, signature) => {
    try {
      return verify(digest, Buffer.from(input), options, signature)
    } catch {
      return false
    }
  }
}
