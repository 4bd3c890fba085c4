/**
 * A client acting for itself (RFC 6749 §4.4), or as a service account whose app password it sends along (authentik's
 * form). The client must be confidential to act for itself.
 */
import { ok, type Result } from '../../../base/result.ts'
import { type Client, type ClientAuthMethod, isPublic } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import { parseScope } from '../parse-scope.ts'
import type { Parameters } from '../read-parameters.ts'

export type Acting = {
  readonly scopes: readonly string[]
  /** Whose app password was sent; null where the client acts for itself. */
  readonly account: { readonly username: string; readonly password: string } | null
}

/**
 * Whether the client need not prove itself (compatibility with authentik): the app password is all that counts, and
 * whoever sends it could have used any other client as well.
 */
export const isAppPasswordAlone = (client: Client, method: ClientAuthMethod, parameters: Parameters): boolean =>
  client.appPasswordAlone &&
  method === 'none' &&
  ['client_credentials', 'password'].includes(parameters.get('grant_type') ?? '') &&
  parameters.has('username') &&
  parameters.has('password')

export const judgeClientCredentials = (client: Client, parameters: Parameters): Result<Acting, OAuthError> => {
  const username = parameters.get('username')
  const password = parameters.get('password')
  if ((username === undefined) !== (password === undefined)) {
    return oauthFail('invalid_request', 'A username and its app password belong together.')
  }
  const account = username !== undefined && password !== undefined ? { username, password } : null
  if (!account && parameters.get('grant_type') === 'password') {
    return oauthFail('invalid_request', 'The username and its app password are missing.')
  }
  if (!account && isPublic(client)) {
    return oauthFail('unauthorized_client', 'A public client cannot act for itself: it has no secret.')
  }
  const asked = parseScope(parameters.get('scope') ?? '')
  if (!asked) return oauthFail('invalid_scope', 'The scope cannot be read.')
  // No refresh token comes of this grant (§4.4.3), and without a person there is no one to tell about.
  const never = account ? ['offline_access'] : ['offline_access', 'openid']
  return ok({ scopes: asked.filter((scope) => client.scopes.includes(scope) && !never.includes(scope)), account })
}
