/**
 * New generations of a key pair: drawn here, or brought along from elsewhere with the `kid` that clients have cached.
 * The private half is sealed before anyone else sees the row.
 */
import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { type Failure, fail, ok, type Result } from '../../base/result.ts'
import { reveal, type Secret } from '../../base/secret.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { SigningKey } from '../../store/store.ts'
import { publicJwk, thumbprint } from './public-jwk.ts'
import { algorithmOf, type SigningAlgorithm } from './signing-algorithm.ts'

export type SigningKeyOrigin = {
  /** Slug of the key pair that it becomes a generation of. */
  readonly keypair: string
  readonly state: 'next' | 'active'
  /** When it begins, or is planned to begin, to sign. */
  readonly activeFrom: number
  readonly now: number
}

export type RsaBits = 2048 | 3072 | 4096

const generate = promisify(generateKeyPair)

/** Draws a key on the thread pool: RSA takes up to seconds. */
export const generateSigningKey = async (
  ring: Pick<KeyRing, 'seal'>,
  origin: SigningKeyOrigin,
  algorithm: SigningAlgorithm,
  bits: RsaBits = 2048,
): Promise<SigningKey> => {
  const { privateKey } = await generatePair(algorithm, bits)
  return rowOf(ring, origin, privateKey, algorithm, thumbprint(privateKey))
}

const generatePair = (algorithm: SigningAlgorithm, bits: RsaBits): Promise<{ privateKey: KeyObject }> => {
  if (algorithm === 'RS256') return generate('rsa', { modulusLength: bits })
  if (algorithm === 'EdDSA') return generate('ed25519')
  return generate('ec', { namedCurve: { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[algorithm] })
}

export type KeyImportFailure = Failure<'key_unreadable' | 'key_unfit' | 'kid_unfit'>

/** Takes a private key in PEM (PKCS #8, PKCS #1 or SEC 1), under the `kid` it had, else under its thumbprint. */
export const importSigningKey = (
  ring: Pick<KeyRing, 'seal'>,
  origin: SigningKeyOrigin,
  pem: Secret,
  kid?: string,
): Result<SigningKey, KeyImportFailure> => {
  const key = readPrivateKey(pem)
  if (!key) return fail('key_unreadable', 'The text is not a private key in PEM form without a passphrase.')
  const algorithm = algorithmOf(key)
  if (!algorithm) {
    return fail('key_unfit', 'Only RSA keys of 2048 bits and more, P-256, P-384, P-521 and Ed25519 keys sign tokens.')
  }
  if (kid !== undefined && !/^[\x21-\x7e]{1,255}$/.test(kid)) {
    return fail('kid_unfit', 'A kid is 1 to 255 visible ASCII characters.')
  }
  return ok(rowOf(ring, origin, key, algorithm, kid ?? thumbprint(key)))
}

// An RSA key of 16384 bits is 12 KiB of PEM.
const LONGEST_PEM = 16_384

const readPrivateKey = (pem: Secret): KeyObject | null => {
  const text = reveal(pem, 'import a signing key')
  if (text.length > LONGEST_PEM) return null
  try {
    return createPrivateKey(text)
  } catch {
    return null
  }
}

/** Where the private half of a key is sealed. */
export const placeOf = (kid: string) => ({ table: 'signing_keys', row: kid, column: 'sealed_private_key' })

const rowOf = (
  ring: Pick<KeyRing, 'seal'>,
  { keypair, state, activeFrom, now }: SigningKeyOrigin,
  key: KeyObject,
  algorithm: SigningAlgorithm,
  kid: string,
): SigningKey => ({
  kid,
  keypair,
  algorithm,
  state,
  publicJwk: publicJwk(key, kid, algorithm),
  sealedPrivateKey: ring.seal(key.export({ type: 'pkcs8', format: 'pem' }).toString(), placeOf(kid)),
  createdAt: now,
  activeFrom,
  retiredAt: null,
  removeAt: null,
})
