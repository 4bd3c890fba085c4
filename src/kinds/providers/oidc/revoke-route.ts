/**
 * Revocation (RFC 7009): a refresh token takes its whole family with it, an access token goes alone. What is unknown,
 * or another client's, is answered as if it had been revoked: the asking client could do nothing with an error.
 */
import type { WireRequest, WireResponse } from '../../../base/wire.ts'
import type { EventDraft } from '../../../events/event.ts'
import { TOKEN_CARE_PARAMETERS } from '../../../protocol/oidc/token/token-parameters.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import type { AccessTokens } from './access-tokens.ts'
import { type ClientRequest, readClientRequest } from './client-request.ts'
import { corsHeaders, withHeaders } from './cors.ts'
import { clientActor, from } from './events.ts'
import { oauthError, oauthJson } from './oauth-response.ts'

export const answerRevoke = async (
  ports: ProviderPorts,
  tokens: AccessTokens,
  request: WireRequest,
): Promise<WireResponse> => {
  const asked = await readClientRequest(ports, request, TOKEN_CARE_PARAMETERS)
  if (!asked.ok) return asked.error
  const { provider, client } = asked.value.found
  const cors = corsHeaders(request, provider.origins.get(client.id))
  const text = asked.value.parameters.get('token')
  if (text === undefined)
    return withHeaders(oauthError({ code: 'invalid_request', message: 'The token is missing.' }), cors)
  const token = tokens.verified(asked.value.snapshot, text, request.now)
  if (token) {
    if (token.clientId === client.id) {
      await ports.grants.revokeJti(
        token.jti,
        token.expiresAt,
        revoked(asked.value, request, token.grantId, 'access_token'),
      )
    }
  } else await revokeFamily(ports, asked.value, request, text)
  return withHeaders(oauthJson(200, {}), cors)
}

const revokeFamily = async (
  ports: ProviderPorts,
  asked: ClientRequest,
  request: WireRequest,
  text: string,
): Promise<void> => {
  const peeked = await ports.grants.peekRefresh(text)
  if (peeked?.grant.clientId !== asked.found.client.id) return
  await ports.grants.end(
    peeked.grant.id,
    'revoked by the client',
    revoked(asked, request, peeked.grant.id, 'refresh_token'),
  )
}

const revoked = ({ found }: ClientRequest, request: WireRequest, grant: string, kind: string): EventDraft => ({
  type: 'oauth.token_revoked',
  actor: clientActor(found.client.id),
  target: `grants/${grant}`,
  detail: { application: found.application.slug, kind },
  client: from(request),
  organisation: found.application.organisation,
})
