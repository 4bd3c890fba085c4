/** The values that signed tokens are made of, and the ways in which one is refused. */
import type { JsonObject } from '../../base/json.ts'
import type { Failure } from '../../base/result.ts'

/** Signs: what a key pair offers. The algorithm is the key's own. */
export type JwsSigner = {
  readonly kid: string
  readonly algorithm: string
  /** The raw signature over the signing input; ECDSA as r||s (RFC 7518 §3.4). */
  sign(input: string): Uint8Array | Promise<Uint8Array>
}

/** Verifies: a public key with the one algorithm that it is for. */
export type JwsKey = {
  readonly kid: string
  readonly algorithm: string
  verify(input: string, signature: Uint8Array): boolean
}

/** A token taken apart. Nothing in it is believed until `verifyJws` said so. */
export type ParsedJws = {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signingInput: string
  readonly signature: Uint8Array
}

export type JwsFailureCode =
  | 'malformed'
  | 'critical_header'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'unknown_key'
  | 'bad_signature'
  | 'expired'
  | 'not_yet'
  | 'bad_time'
export type JwsFailure = Failure<JwsFailureCode>
