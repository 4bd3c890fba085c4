/**
 * The signing keys in use: imported once, asked at every signature. What is published follows from the sealed private
 * keys, so a row written past us (a stranger's public key in the database) never enters a JWKS.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { reveal } from '../../base/secret.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { PublicKey, Signer } from '../../kinds/contract/provider.ts'
import type { SigningKey } from '../../store/store.ts'
import { placeOf } from './make-signing-key.ts'
import { publicJwk } from './public-jwk.ts'
import { algorithmOf, signWith, verifyWith } from './signing-algorithm.ts'

export type SigningKeys = {
  /** The active key of a key pair; none for a slug that has no key. */
  signer(keypair: string): Signer | undefined
  /** Active, next and retired keys, in that order. Of this key pair only: one application's key is not another's. */
  published(keypair: string): readonly PublicKey[]
  /** Reads the rows again; for the change feed. What stands stays in use when this throws. */
  reload(): Promise<void>
}

type Loaded = { readonly row: SigningKey; readonly signer: Signer; readonly publicKey: PublicKey }
type Pair = { readonly signer: Signer | undefined; readonly published: readonly PublicKey[] }

/** Loads all signing keys. Throws where one does not open: `UnsealError`, or an algorithm that is not the key's. */
export const openSigningKeys = async (
  rows: () => Promise<SigningKey[]>,
  ring: Pick<KeyRing, 'unseal'>,
): Promise<SigningKeys> => {
  let known = new Map<string, Loaded>()
  let pairs = new Map<string, Pair>()
  let last = Promise.resolve()

  const read = async (): Promise<void> => {
    const loaded = (await rows()).map((row) => {
      const before = known.get(row.kid)
      const same = before?.row.sealedPrivateKey === row.sealedPrivateKey && before.row.algorithm === row.algorithm
      return same ? { ...before, row } : load(row, ring)
    })
    known = new Map(loaded.map((one) => [one.row.kid, one]))
    pairs = pairsOf(loaded)
  }
  // One after another: an older answer must not take the place of a newer one.
  const reload = (): Promise<void> => {
    last = last.then(read, read)
    return last
  }

  await reload()
  return {
    signer: (keypair) => pairs.get(keypair)?.signer,
    published: (keypair) => pairs.get(keypair)?.published ?? [],
    reload,
  }
}

const load = (row: SigningKey, ring: Pick<KeyRing, 'unseal'>): Loaded => {
  const { kid } = row
  const key = createPrivateKey(reveal(ring.unseal(row.sealedPrivateKey, placeOf(kid)), 'load a signing key'))
  const algorithm = algorithmOf(key)
  if (algorithm === null || algorithm !== row.algorithm)
    throw new Error(`the signing key ${kid} is not a ${row.algorithm} key`)
  const publicKey: KeyObject = createPublicKey(key)
  return {
    row,
    signer: { kid, algorithm, sign: signWith(key, algorithm) },
    publicKey: { kid, algorithm, jwk: publicJwk(publicKey, kid, algorithm), verify: verifyWith(publicKey, algorithm) },
  }
}

const ORDER = ['active', 'next', 'retired'] as const

const pairsOf = (loaded: readonly Loaded[]): Map<string, Pair> => {
  const pairs = new Map<string, Pair>()
  for (const [keypair, keys] of Map.groupBy(loaded, (one) => one.row.keypair)) {
    const ordered = keys.toSorted(
      (a, b) => ORDER.indexOf(a.row.state) - ORDER.indexOf(b.row.state) || b.row.createdAt - a.row.createdAt,
    )
    pairs.set(keypair, {
      signer: ordered.find((one) => one.row.state === 'active')?.signer,
      published: ordered.map((one) => one.publicKey),
    })
  }
  return pairs
}
