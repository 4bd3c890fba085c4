/** Opens the secrets of specs as they are asked for, each once as long as its cipher text stays the same. */
import type { Sealed, Secret } from '../../base/secret.ts'
import { type KeyRing, UnsealError } from '../../domain/keys/key-ring.ts'
import { secretPlace } from '../secrets/stored-secrets.ts'

export type OpenSecrets = {
  /** A reader over these rows. One that does not open reads as absent: whoever needs it then does not compile. */
  over(rows: ReadonlyMap<string, { readonly sealed: Sealed }>): (id: string) => Secret | undefined
}

export const openSecrets = (ring: Pick<KeyRing, 'unseal'>): OpenSecrets => {
  const opened = new Map<string, { readonly sealed: Sealed; readonly plain: Secret }>()
  return {
    over: (rows) => (id) => {
      const row = rows.get(id)
      if (!row) return undefined
      const known = opened.get(id)
      if (known?.sealed === row.sealed) return known.plain
      const plain = unsealOrNothing(ring, row.sealed, id)
      if (plain) opened.set(id, { sealed: row.sealed, plain })
      return plain
    },
  }
}

const unsealOrNothing = (ring: Pick<KeyRing, 'unseal'>, sealed: Sealed, id: string): Secret | undefined => {
  try {
    return ring.unseal(sealed, secretPlace(id))
  } catch (error) {
    if (error instanceof UnsealError) return undefined
    throw error
  }
}
