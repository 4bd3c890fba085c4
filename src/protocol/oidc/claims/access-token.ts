/**
 * The claims of an access token (RFC 9068 §2.2, with authentik's `azp` and `uid`). Its `jti` names the grant: whoever
 * verifies the signature finds by it whether the grant still stands.
 */
import { base64url } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Random } from '../../../base/random.ts'
import { commonClaims, type TokenSubject } from './token-claims.ts'

export const ACCESS_TOKEN_TYPE = 'at+jwt'

export type AccessToken = TokenSubject & {
  readonly grantId: string
  readonly scopes: readonly string[]
  readonly about: JsonObject
}

export const accessTokenClaims = (token: AccessToken, random: Random): JsonObject => ({
  ...token.about,
  ...commonClaims(token),
  jti: `${token.grantId}.${base64url(random(16))}`,
  client_id: token.clientId,
  azp: token.clientId,
  uid: base64url(random(30)),
  scope: token.scopes.join(' '),
})

/** The grant that a token belongs to, by its `jti`; null where it has none of our form. */
export const grantIdOf = (jti: string): string | null => /^([0-9a-f-]{36})\.[A-Za-z0-9_-]{22}$/.exec(jti)?.[1] ?? null
