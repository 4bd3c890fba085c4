/** The token endpoint (RFC 6749 §3.2): one function per grant type, in the table below. */
import type { JsonObject } from '../../../base/json.ts'
import type { Result } from '../../../base/result.ts'
import type { WireRequest, WireResponse } from '../../../base/wire.ts'
import type { GrantType } from '../../../protocol/oidc/client.ts'
import { checkGrantType } from '../../../protocol/oidc/token/check-grant-type.ts'
import { TOKEN_PARAMETERS } from '../../../protocol/oidc/token/token-parameters.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import { clientCredentials } from './client-credentials.ts'
import { type ClientRequest, readClientRequest } from './client-request.ts'
import { corsHeaders, withHeaders } from './cors.ts'
import { clientActor, from } from './events.ts'
import { exchangeCode } from './exchange-code.ts'
import { type GrantFailure, oauthError, oauthJson } from './oauth-response.ts'
import { refreshTokens } from './refresh-tokens.ts'

type Grant = (
  ports: ProviderPorts,
  request: WireRequest,
  asked: ClientRequest,
) => Promise<Result<JsonObject, GrantFailure>>

const GRANTS: Readonly<Record<GrantType, Grant>> = {
  authorization_code: exchangeCode,
  refresh_token: refreshTokens,
  client_credentials: clientCredentials,
  password: clientCredentials,
}

export const answerToken = async (ports: ProviderPorts, request: WireRequest): Promise<WireResponse> => {
  const asked = await readClientRequest(ports, request, TOKEN_PARAMETERS)
  if (!asked.ok) return asked.error
  const { provider, client } = asked.value.found
  const cors = corsHeaders(request, provider.origins.get(client.id))
  const type = checkGrantType(client, asked.value.parameters)
  const issued = type.ok ? await GRANTS[type.value](ports, request, asked.value) : type
  if (!issued.ok) await recordRefusal(ports, request, asked.value, issued.error)
  return withHeaders(issued.ok ? oauthJson(200, issued.value) : oauthError(issued.error), cors)
}

const recordRefusal = async (
  ports: ProviderPorts,
  request: WireRequest,
  { found: { application, client } }: ClientRequest,
  { code, message, detail, recorded }: GrantFailure,
): Promise<void> => {
  if (recorded) return
  await ports.record({
    type: 'oauth.request_refused',
    actor: clientActor(client.id),
    target: `applications/${application.slug}`,
    detail: { error: code, why: detail ?? message },
    client: from(request),
    organisation: application.organisation,
  })
}
