/**
 * What the other rooms may do with the house's keys: seal what lies in the store, hash what is looked up, and make
 * markers that travel. Made in `ops/keys`; nobody else sees a key.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Sealed, Secret } from '../../base/secret.ts'

/** Where a sealed value stands. It opens nowhere else, so a copied cell is worth nothing in another row. */
export type Place = { readonly table: string; readonly row: string; readonly column: string }

export type KeyRing = {
  seal(plain: Secret | string, place: Place): Sealed
  /** Throws `UnsealError` where the value was altered, moved, or sealed by a key that is not on the ring. */
  unseal(sealed: Sealed, place: Place): Secret
  /**
   * A keyed hash (HMAC-SHA256, base64url) of a token, code or cookie: the form it is stored and looked up in. `purpose`
   * is a constant of the caller; hashes of different purposes never meet.
   */
  hash(purpose: string, text: string): string
  /** A value that only this house can make or open, for one purpose and until `expiresAt`. Fit for addresses. */
  sealValue(purpose: string, value: JsonObject, expiresAt: number): string
  /** `null` for whatever is not a live value of that purpose. */
  unsealValue(purpose: string, text: string, now: number): JsonObject | null
}

/** A sealed value that does not open: damage or tampering, never an everyday failure. Holds no part of the value. */
export class UnsealError extends Error {
  readonly code: 'malformed' | 'unknown_key' | 'altered'
  readonly place: Place
  constructor(code: UnsealError['code'], place: Place) {
    super(`${place.table}.${place.column} of ${place.row} does not open: ${code}`)
    this.name = 'UnsealError'
    this.code = code
    this.place = place
  }
}
