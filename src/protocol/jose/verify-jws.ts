/**
 * Whether a token is what it says, signed by one of the keys given (RFC 7515 §5.2, RFC 8725 §3.1, §3.11). The key is
 * found by `kid` among our own; its algorithm decides, so neither `none` nor a public key used as an HMAC secret gets
 * anywhere (CVE-2015-9235), and keys that the token brings along are not looked at (CVE-2018-0114).
 */
import { fail, ok, type Result } from '../../base/result.ts'
import type { JwsFailure, JwsKey, ParsedJws } from './jws.ts'

export type VerifyJws = {
  readonly keys: readonly JwsKey[]
  /** The types taken, in lower case (`at+jwt`). A token without `typ` counts as `jwt`. */
  readonly types: readonly string[]
}

export const verifyJws = (jws: ParsedJws, { keys, types }: VerifyJws): Result<ParsedJws, JwsFailure> => {
  if (!types.includes(typeOf(jws))) return fail('wrong_type', 'The token is of another kind.')
  const key = keys.find((one) => one.kid === jws.header.kid)
  if (!key) return fail('unknown_key', 'The token is signed by no key of ours.')
  if (jws.header.alg !== key.algorithm)
    return fail('wrong_algorithm', 'The token names another algorithm than its key.')
  if (!isPlausible(key.algorithm, jws.signature) || !key.verify(jws.signingInput, jws.signature)) {
    return fail('bad_signature', 'The signature of the token is wrong.')
  }
  return ok(jws)
}

/** `application/` may be left out, and case does not count (RFC 7515 §4.1.9). */
const typeOf = ({ header }: ParsedJws): string => {
  if (header.typ === undefined) return 'jwt'
  return typeof header.typ === 'string' ? header.typ.toLowerCase().replace(/^application\//, '') : ''
}

const ECDSA_BYTES: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 }

/** r||s of the curve's exact length, neither of them zero: the psychic signature (CVE-2022-21449), and DER, fall here. */
const isPlausible = (algorithm: string, signature: Uint8Array): boolean => {
  const length = ECDSA_BYTES[algorithm]
  if (length === undefined) return signature.length > 0
  if (signature.length !== length) return false
  const half = length / 2
  return signature.subarray(0, half).some((byte) => byte !== 0) && signature.subarray(half).some((byte) => byte !== 0)
}
