/**
 * The keys that seal the audit log: Ed25519 (RFC 8032), made here at first need and kept sealed under the key ring. A
 * signature counts only by a key whose private half the ring opens, so a key that somebody wrote into the database
 * signs nothing.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { base64url, fromBase64url, utf8 } from '../../base/bytes.ts'
import type { Clock } from '../../base/clock.ts'
import { reveal, secret } from '../../base/secret.ts'
import { type KeyRing, UnsealError } from '../../domain/keys/key-ring.ts'
import type { ChainSigner, VerifyChainSignature } from '../../events/seal.ts'
import type { SealKey, Store, Tx } from '../../store/store.ts'
import { thumbprint } from './public-jwk.ts'

export type SealKeys = {
  signer(): Promise<ChainSigner>
  verifier(): Promise<VerifyChainSignature>
}

export const createSealKeys = (deps: {
  readonly store: Pick<Store, 'read' | 'write' | 'events'>
  readonly ring: Pick<KeyRing, 'seal' | 'unseal'>
  readonly clock: Clock
}): SealKeys => {
  const { store, ring, clock } = deps
  const { chain } = store.events
  let current: ChainSigner | null = null

  /** A row that does not open was not written by the house: it must not keep the log from being sealed or verified. */
  const opened = async (tx: Tx): Promise<{ kid: string; key: KeyObject }[]> =>
    (await chain.keys(tx)).flatMap((row) => {
      const key = openKey(ring, row)
      return key ? [{ kid: row.kid, key }] : []
    })

  /** The newest one that opens; where two processes make the first at once, they agree on one. */
  const newest = async (): Promise<{ kid: string; key: KeyObject }> => {
    const standing = (await opened(store.read)).at(-1)
    if (standing) return standing
    const made = drawn(ring, clock.now())
    return store.write(async (tx) => {
      await chain.lock(tx)
      const first = (await opened(tx)).at(-1)
      if (first) return first
      await chain.insertKey(tx, made.row)
      return { kid: made.row.kid, key: made.key }
    })
  }

  return {
    signer: async () => {
      if (current) return current
      const { kid, key } = await newest()
      current = { kid, sign: (text) => base64url(sign(null, utf8(text), key)) }
      return current
    },
    verifier: async () => {
      const keys = new Map((await opened(store.read)).map(({ kid, key }) => [kid, createPublicKey(key)]))
      return ({ kid, signature }, text) => {
        const key = keys.get(kid)
        const bytes = fromBase64url(signature)
        return key !== undefined && bytes !== null && verify(null, utf8(text), key, bytes)
      }
    },
  }
}

const openKey = (ring: Pick<KeyRing, 'unseal'>, { kid, sealedPrivateKey }: SealKey): KeyObject | null => {
  try {
    return createPrivateKey(reveal(ring.unseal(sealedPrivateKey, placeOf(kid)), 'open a key that seals the audit log'))
  } catch (error) {
    if (error instanceof UnsealError) return null
    throw error
  }
}

const placeOf = (kid: string) => ({ table: 'seal_keys', row: kid, column: 'sealed_private_key' })

const drawn = (ring: Pick<KeyRing, 'seal'>, now: number): { row: SealKey; key: KeyObject } => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const kid = thumbprint(privateKey)
  const pem = secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return { row: { kid, sealedPrivateKey: ring.seal(pem, placeOf(kid)), createdAt: now }, key: privateKey }
}
