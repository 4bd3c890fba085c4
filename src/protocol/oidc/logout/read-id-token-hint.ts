/**
 * An ID token that comes back as a hint (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §4): ours by its signature,
 * of any age, and an ID token, not an access or logout token.
 */
import { fail, ok, type Result } from '../../../base/result.ts'
import { checkTimes } from '../../jose/check-times.ts'
import type { JwsFailure } from '../../jose/jws.ts'
import { parseJws } from '../../jose/parse-jws.ts'
import { verifyJws } from '../../jose/verify-jws.ts'
import { ID_TOKEN_TYPE } from '../claims/id-token.ts'
import { type IssuerOf, isIssuer } from '../claims/read-access-token.ts'

export type IdTokenHint = { readonly clientId: string; readonly subject: string; readonly sid: string | null }

export const readIdTokenHint = (text: string, issuerOf: IssuerOf, now: number): Result<IdTokenHint, JwsFailure> => {
  const parsed = parseJws(text)
  if (!parsed.ok) return parsed
  const { aud, sub, sid, iss } = parsed.value.claims
  const issuer = typeof aud === 'string' ? issuerOf(aud) : undefined
  if (!issuer || typeof aud !== 'string') return fail('unknown_key', 'The hint was issued to no client of ours.')
  const verified = verifyJws(parsed.value, { keys: issuer.keys, types: [ID_TOKEN_TYPE.toLowerCase()] })
  if (!verified.ok) return verified
  const timely = checkTimes(parsed.value.claims, { now, anyAge: true })
  if (!timely.ok) return timely
  if (typeof sub !== 'string' || !isIssuer(iss, issuer.issuerPath))
    return fail('malformed', 'The hint is not one of ours.')
  return ok({ clientId: aud, subject: sub, sid: typeof sid === 'string' ? sid : null })
}
