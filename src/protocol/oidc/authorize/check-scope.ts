/**
 * What is asked for, cut down to what the provider has (RFC 6749 §3.3). Unknown scopes are dropped and never reach a
 * token (CVE-2024-52287); the answer tells the client what it got.
 */
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import { parseScope } from '../parse-scope.ts'
import type { RedirectSafe } from './request.ts'

export const checkScope = ({ client, parameters }: RedirectSafe): Result<readonly string[], OAuthError> => {
  const asked = parameters.get('scope')
  // Tokens that go on without the person are never what somebody meant by asking for nothing in particular.
  if (asked === undefined && client.emptyScopeIsAll) {
    return ok(client.scopes.filter((scope) => scope !== 'offline_access'))
  }
  const scopes = parseScope(asked ?? '')
  if (!scopes) return oauthFail('invalid_scope', 'The scope cannot be read.')
  const granted = scopes.filter((scope) => mayAsk(client, scope))
  return granted.length > 0 ? ok(granted) : oauthFail('invalid_scope', 'The scope names nothing that is known here.')
}

/** `offline_access` means a refresh token, so it is nothing to a client that may not use one (Core §11). */
const mayAsk = ({ scopes, grantTypes }: RedirectSafe['client'], scope: string): boolean =>
  scopes.includes(scope) && (scope !== 'offline_access' || grantTypes.includes('refresh_token'))
