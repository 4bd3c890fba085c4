/** A refresh (RFC 6749 §6): by the client that holds the token, for no more than was granted. Judged before it is spent. */
import { ok, type Result } from '../../../base/result.ts'
import type { Client } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import { parseScope } from '../parse-scope.ts'
import type { Parameters } from '../read-parameters.ts'

/** One answer for all that cannot be refreshed: a thief learns nothing from it. */
export const DEAD = 'The refresh token is unknown, used or expired.'

/** The scopes of the new access token. */
export const judgeRefresh = (
  grant: { readonly clientId: string; readonly scopes: readonly string[] },
  client: Client,
  parameters: Parameters,
): Result<readonly string[], OAuthError> => {
  if (grant.clientId !== client.id) return oauthFail('invalid_grant', DEAD, 'the token of another client')
  const text = parameters.get('scope')
  // What the provider no longer has is no longer given, whatever was granted once.
  const still = grant.scopes.filter((scope) => client.scopes.includes(scope))
  if (text === undefined) return ok(still)
  const asked = parseScope(text)
  if (!asked?.every((scope) => grant.scopes.includes(scope))) {
    return oauthFail('invalid_scope', 'The scope goes beyond what was granted.')
  }
  return ok(asked.filter((scope) => still.includes(scope)))
}
