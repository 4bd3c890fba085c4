/** A request of a client by itself: its parameters read, the client found and authenticated (RFC 6749 §2.3). */
import { err, ok, type Result } from '../../../base/result.ts'
import type { WireRequest, WireResponse } from '../../../base/wire.ts'
import type { OAuthError } from '../../../protocol/oidc/errors.ts'
import { type ParameterLimits, type Parameters, readParameters } from '../../../protocol/oidc/read-parameters.ts'
import { authenticateClient, readCredentials } from '../../../protocol/oidc/token/authenticate-client.ts'
import { isAppPasswordAlone } from '../../../protocol/oidc/token/grant-client-credentials.ts'
import type { ProviderPorts, ProviderSnapshot } from '../../contract/provider.ts'
import { corsHeaders, withHeaders } from './cors.ts'
import { clientActor, from } from './events.ts'
import { oauthError } from './oauth-response.ts'
import { type FoundClient, findClient } from './oidc-provider.ts'

export type ClientRequest = {
  readonly snapshot: ProviderSnapshot
  readonly found: FoundClient
  readonly parameters: Parameters
}

/** What is sent in the query is not read: it ends up in logs (RFC 6749 §2.3.1). */
export const readClientRequest = async (
  ports: ProviderPorts,
  request: WireRequest,
  limits: ParameterLimits,
): Promise<Result<ClientRequest, WireResponse>> => {
  const parameters = request.form
    ? readParameters([request.form], limits)
    : err({ message: 'The request must be a form (application/x-www-form-urlencoded).' })
  if (!parameters.ok) return err(oauthError({ code: 'invalid_request', message: parameters.error.message }))
  const credentials = readCredentials(request.headers.authorization, parameters.value)
  if (!credentials.ok) return err(await refuse(ports, request, credentials.error, undefined))
  const snapshot = await ports.snapshot()
  const found = findClient(snapshot, credentials.value.id)
  const unproven = found && isAppPasswordAlone(found.client, credentials.value.method, parameters.value)
  const authenticated = unproven ? ok(found.client) : authenticateClient(credentials.value, found?.client)
  if (!authenticated.ok || !found) {
    const error = authenticated.ok ? unknown : authenticated.error
    return err(await refuse(ports, request, error, found))
  }
  return ok({ snapshot, found, parameters: parameters.value })
}

const unknown: OAuthError = { code: 'invalid_client', message: 'Client authentication failed.' }

/** 401, with a challenge where the client came with an Authorization header (RFC 6749 §5.2). */
const refuse = async (
  ports: ProviderPorts,
  request: WireRequest,
  error: OAuthError,
  found: FoundClient | undefined,
): Promise<WireResponse> => {
  await ports.record({
    type: 'oauth.client_refused',
    actor: found ? clientActor(found.client.id) : { kind: 'anonymous' },
    detail: { why: error.detail ?? error.message },
    client: from(request),
    ...(found
      ? { target: `applications/${found.application.slug}`, organisation: found.application.organisation }
      : {}),
  })
  const challenge: Record<string, string> =
    request.headers.authorization === undefined
      ? {}
      : { 'www-authenticate': 'Basic realm="Gatehouse", charset="UTF-8"' }
  const cors = corsHeaders(request, found?.provider.origins.get(found.client.id))
  return withHeaders(oauthError(error, found?.provider.invalidClient400 ? 400 : 401), { ...challenge, ...cors })
}
