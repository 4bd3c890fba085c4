/**
 * Whether a text is an access token of ours (RFC 9068 §4): the right kind, our signature, for one of our clients, and
 * its time. Whether its grant still stands is asked elsewhere, each time.
 */
import type { JsonObject } from '../../../base/json.ts'
import { fail, ok, type Result } from '../../../base/result.ts'
import { checkTimes } from '../../jose/check-times.ts'
import type { JwsFailure, JwsKey } from '../../jose/jws.ts'
import { parseJws } from '../../jose/parse-jws.ts'
import { verifyJws } from '../../jose/verify-jws.ts'
import { parseScope } from '../parse-scope.ts'
import { ACCESS_TOKEN_TYPE, grantIdOf } from './access-token.ts'

export type VerifiedAccessToken = {
  readonly kid: string
  readonly clientId: string
  readonly subject: string
  readonly jti: string
  readonly grantId: string
  readonly scopes: readonly string[]
  /** Epoch milliseconds. */
  readonly expiresAt: number
  readonly claims: JsonObject
}

/** What a client id stands for: its keys, and the path in which its issuer ends under each of our origins. */
export type IssuerOf = (
  clientId: string,
) => { readonly keys: readonly JwsKey[]; readonly issuerPath: string } | undefined

export const readAccessToken = (
  text: string,
  issuerOf: IssuerOf,
  now: number,
): Result<VerifiedAccessToken, JwsFailure> => {
  const parsed = parseJws(text)
  if (!parsed.ok) return parsed
  const { client_id: clientId, sub, jti, scope, iss, aud, exp } = parsed.value.claims
  // Believed only so far as to choose whose keys to try: each of them is ours.
  const issuer = typeof clientId === 'string' ? issuerOf(clientId) : undefined
  if (!issuer || typeof clientId !== 'string') return fail('unknown_key', 'The token was issued to no client of ours.')
  const verified = verifyJws(parsed.value, { keys: issuer.keys, types: [ACCESS_TOKEN_TYPE] })
  if (!verified.ok) return verified
  // No leeway: the clock that reads is the one that wrote.
  const timely = checkTimes(parsed.value.claims, { now, leeway: 0 })
  if (!timely.ok) return timely
  const grantId = typeof jti === 'string' ? grantIdOf(jti) : null
  const scopes = typeof scope === 'string' ? parseScope(scope) : null
  if (!grantId || !scopes || typeof jti !== 'string' || typeof sub !== 'string' || typeof exp !== 'number') {
    return fail('malformed', 'The token lacks what ours have.')
  }
  if (aud !== clientId || !isIssuer(iss, issuer.issuerPath)) return fail('malformed', 'The token is for someone else.')
  const kid = String(parsed.value.header.kid)
  return ok({ kid, clientId, subject: sub, jti, grantId, scopes, expiresAt: exp * 1000, claims: parsed.value.claims })
}

/** One house answers under several origins (DESIGN §8), so the origin of issue need not be the one that is asked now. */
export const isIssuer = (iss: unknown, path: string): boolean =>
  typeof iss === 'string' && URL.canParse(iss) && new URL(iss).origin + path === iss
