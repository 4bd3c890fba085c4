/** `grant_type=authorization_code` (RFC 6749 §4.1.3): spends a code for the tokens of a new grant. */
import type { JsonObject } from '../../../base/json.ts'
import { err, ok, type Result } from '../../../base/result.ts'
import type { WireRequest } from '../../../base/wire.ts'
import type { AuthorizationCode, Grant } from '../../../domain/grants/grant.ts'
import { type OAuthError, oauthFail } from '../../../protocol/oidc/errors.ts'
import { judgeCode } from '../../../protocol/oidc/token/grant-authorization-code.ts'
import type { NewTokens, ProviderPorts } from '../../contract/provider.ts'
import type { ClientRequest } from './client-request.ts'
import { clientActor, from } from './events.ts'
import { codeData, type GrantData, toJson } from './grant-data.ts'
import { describe, issueTokens, signerOf } from './issue-tokens.ts'
import { type GrantFailure, recorded } from './oauth-response.ts'
import type { FoundClient } from './oidc-provider.ts'
import { endGrant, stillAllowed } from './still-allowed.ts'

export const exchangeCode = async (
  ports: ProviderPorts,
  request: WireRequest,
  { found, parameters }: ClientRequest,
): Promise<Result<JsonObject, GrantFailure>> => {
  const code = parameters.get('code')
  if (code === undefined) return oauthFail('invalid_request', 'The code is missing.')
  const signer = signerOf(ports, found)
  if (!signer.ok) return signer
  const seen: { refusal?: OAuthError } = {}
  const spent = await ports.grants.exchangeCode(code, request.now, (kept) => {
    const { redirect_uri: redirectUri, challenge } = codeData(kept)
    const judged = judgeCode({ clientId: kept.clientId, redirectUri, challenge }, found.client, parameters)
    if (judged.ok) return ok(newTokens(found, kept, request))
    seen.refusal = judged.error
    return err(refusedEvent(found, kept, request, judged.error))
  })
  if (spent.outcome !== 'issued') {
    if (seen.refusal) return err({ ...seen.refusal, recorded: true })
    // One answer for unknown, expired and used ones: which of them it is helps nobody but a thief.
    const refused = oauthFail('invalid_grant', 'The code is unknown, used or expired.', spent.outcome)
    return spent.outcome === 'reused' ? recorded(refused) : refused
  }
  const { grant, refreshToken } = spent
  const person = await stillAllowed(ports, request, found, { grant, needsSession: true })
  if (!person.ok) return person
  const granted = { grant, scopes: grant.scopes, person: person.value }
  const described = await describe(ports, request, found, granted)
  if (!described.ok) {
    await endGrant(ports, request, found, grant, described.error.message)
    return described
  }
  return ok(
    await issueTokens(ports, request, found, { ...granted, described: described.value, refreshToken }, signer.value),
  )
}

const newTokens = (found: FoundClient, code: AuthorizationCode, request: WireRequest): NewTokens => {
  const { provider, client } = found
  const kept = codeData(code)
  const refreshes = kept.scopes.includes('offline_access') && client.grantTypes.includes('refresh_token')
  const expiresAt = request.now + (refreshes ? provider.refreshTokenValidity : provider.accessTokenValidity)
  const data: GrantData = {
    generation: kept.generation,
    auth_time: kept.auth_time,
    proofs: kept.proofs,
    persistent: kept.persistent,
    ...(kept.device_since === undefined ? {} : { device_since: kept.device_since }),
    ip: kept.ip,
    user_agent: kept.user_agent,
    nonce: kept.nonce,
    ...(kept.acr === undefined ? {} : { acr: kept.acr }),
  }
  const grant: Grant = {
    id: code.grantId,
    application: found.application.slug,
    provider: found.name,
    clientId: client.id,
    userId: kept.user,
    sessionId: kept.session,
    scopes: kept.scopes,
    createdAt: request.now,
    expiresAt: Math.max(expiresAt, request.now + provider.accessTokenValidity),
    endedAt: null,
    data: toJson(data),
  }
  return {
    grant,
    refresh: refreshes ? { expiresAt } : null,
    event: {
      type: 'oauth.tokens_issued',
      actor: clientActor(client.id),
      target: `grants/${grant.id}`,
      detail: {
        application: grant.application,
        user: kept.user,
        scopes: [...kept.scopes],
        grant_type: 'authorization_code',
      },
      client: from(request),
      organisation: found.application.organisation,
    },
  }
}

const refusedEvent = (found: FoundClient, code: AuthorizationCode, request: WireRequest, error: OAuthError) => ({
  type: 'oauth.request_refused' as const,
  actor: clientActor(found.client.id),
  target: `grants/${code.grantId}`,
  detail: { application: found.application.slug, error: error.code, why: error.message },
  client: from(request),
  organisation: found.application.organisation,
})
