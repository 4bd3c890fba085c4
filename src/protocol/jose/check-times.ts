/** `exp`, `nbf` and `iat` of a token (RFC 7519 §4.1): numbers that mean an instant, with a minute's leeway for clocks. */
import { MINUTE, SECOND } from '../../base/clock.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { JwsFailure } from './jws.ts'

export type CheckTimes = {
  readonly now: number
  /** How far clocks may differ, in milliseconds; a minute unless given. */
  readonly leeway?: number
  /** For tokens that are only a hint at who somebody was (`id_token_hint`). */
  readonly anyAge?: boolean
}

// The year 5138. Beyond it stand milliseconds taken for seconds, and 1e308.
const LATEST = 100_000_000_000

/** An instant in whole or broken seconds. A text that looks like a number is none. */
const isInstant = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= LATEST

/** `exp` is required. */
export const checkTimes = (
  claims: JsonObject,
  { now, leeway = MINUTE, anyAge }: CheckTimes,
): Result<null, JwsFailure> => {
  const { exp, nbf, iat } = claims
  if (!isInstant(exp)) return fail('bad_time', 'The token does not say when it ends.')
  if (nbf !== undefined && !isInstant(nbf)) return fail('bad_time', 'The token does not say when it begins.')
  if (iat !== undefined && !isInstant(iat)) return fail('bad_time', 'The token does not say when it was made.')
  if (!anyAge && exp * SECOND + leeway <= now) return fail('expired', 'The token has expired.')
  const latest = Math.max(nbf ?? 0, iat ?? 0)
  if (latest * SECOND > now + Math.max(leeway, MINUTE)) return fail('not_yet', 'The token is from the future.')
  return ok(null)
}
