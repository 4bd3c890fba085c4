/** Makes a compact JWS (RFC 7515 §5.1). The header names the signer's key and algorithm, and what the token is. */
import { base64url } from '../../base/bytes.ts'
import type { JsonObject } from '../../base/json.ts'
import type { JwsSigner } from './jws.ts'

/** Claims that are undefined are left out. */
export const signJws = (type: string, claims: JsonObject, signer: JwsSigner): string | Promise<string> => {
  const input = `${headerOf(type, signer)}.${base64url(JSON.stringify(claims))}`
  const signature = signer.sign(input)
  // Kept in step where the signer is: most sign within microseconds, and a wait would cost more.
  return signature instanceof Promise ? signature.then((bytes) => join(input, bytes)) : join(input, signature)
}

const join = (input: string, signature: Uint8Array): string => `${input}.${base64url(signature)}`

/** The same for every token of a type and a key, so it is spelled once. */
const headers = new WeakMap<JwsSigner, Map<string, string>>()
const headerOf = (type: string, signer: JwsSigner): string => {
  const known = headers.get(signer)?.get(type)
  if (known !== undefined) return known
  const header = base64url(JSON.stringify({ alg: signer.algorithm, typ: type, kid: signer.kid }))
  headers.set(signer, (headers.get(signer) ?? new Map()).set(type, header))
  return header
}
