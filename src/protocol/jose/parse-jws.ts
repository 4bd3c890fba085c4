/**
 * Takes a compact JWS apart (RFC 7515 §5.2), strictly: three parts, each in its one spelling of base64url, header and
 * payload JSON objects. Extensions that must be understood are not (`crit`, RFC 7515 §4.1.11), so they are refused.
 */
import { fromBase64url } from '../../base/bytes.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { JwsFailure, ParsedJws } from './jws.ts'

// An ID token with hundreds of groups is below this; what is longer was made to cost time.
const LONGEST = 32 * 1024

/** Only the shape is judged here: use `verifyJws` before believing a claim. */
export const parseJws = (text: string): Result<ParsedJws, JwsFailure> => {
  if (text.length > LONGEST) return fail('malformed', 'The token is too long.')
  const parts = text.split('.')
  const [first, second, third] = parts
  if (parts.length !== 3 || !first || !second || third === undefined) {
    return fail('malformed', 'The token does not have three parts.')
  }
  const header = readObject(first)
  const claims = readObject(second)
  const signature = fromBase64url(third)
  if (!header || !claims || !signature) return fail('malformed', 'The token cannot be read.')
  // `b64: false` (RFC 7797) would change what is signed; it only counts where `crit` names it, and is refused with it.
  if (header.crit !== undefined || header.b64 !== undefined) {
    return fail('critical_header', 'The token needs an extension that is not understood here.')
  }
  return ok({ header, claims, signingInput: `${first}.${second}`, signature })
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const readObject = (part: string): JsonObject | null => {
  const bytes = fromBase64url(part)
  if (!bytes) return null
  try {
    const value = JSON.parse(decoder.decode(bytes)) as Json
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    // Not UTF-8 or not JSON: either way it is no token.
    return null
  }
}
