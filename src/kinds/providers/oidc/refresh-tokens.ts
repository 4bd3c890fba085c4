/** `grant_type=refresh_token` (RFC 6749 §6): a new access token, and a new refresh token in place of the old one. */
import type { JsonObject } from '../../../base/json.ts'
import { type Fail, ok, type Result } from '../../../base/result.ts'
import type { WireRequest } from '../../../base/wire.ts'
import { type OAuthError, oauthFail } from '../../../protocol/oidc/errors.ts'
import { DEAD, judgeRefresh } from '../../../protocol/oidc/token/grant-refresh-token.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import type { ClientRequest } from './client-request.ts'
import { clientActor, from } from './events.ts'
import { describe, issueTokens, signerOf } from './issue-tokens.ts'
import { type GrantFailure, recorded } from './oauth-response.ts'
import { stillAllowed } from './still-allowed.ts'

export const refreshTokens = async (
  ports: ProviderPorts,
  request: WireRequest,
  { found, parameters }: ClientRequest,
): Promise<Result<JsonObject, GrantFailure>> => {
  const old = parameters.get('refresh_token')
  if (old === undefined) return oauthFail('invalid_request', 'The refresh_token is missing.')
  const signer = signerOf(ports, found)
  if (!signer.ok) return signer
  const peeked = await ports.grants.peekRefresh(old)
  if (!peeked) return dead('no such token')
  // A client id that came to another application since: what it was granted there is not granted here (A40).
  if (peeked.grant.application !== found.application.slug) return dead('granted at another application')
  const scopes = judgeRefresh(peeked.grant, found.client, parameters)
  if (!scopes.ok) return scopes
  const rotate = () => {
    const expiresAt = request.now + found.provider.refreshTokenValidity
    return ports.grants.rotate(old, request.now, { expiresAt, event: refreshed(peeked.grant.id) })
  }
  const refreshed = (grant: string) => ({
    type: 'oauth.tokens_refreshed' as const,
    actor: clientActor(found.client.id),
    target: `grants/${grant}`,
    detail: { application: found.application.slug, scopes: [...scopes.value] },
    client: from(request),
    organisation: found.application.organisation,
  })
  // A used one is on its way to end its family, whatever may be said of the person meanwhile.
  if (peeked.token.usedAt !== null) {
    await rotate()
    return recorded(dead('used twice'))
  }
  const person = await stillAllowed(ports, request, found, { grant: peeked.grant, needsSession: false })
  if (!person.ok) return person
  const granted = { grant: peeked.grant, scopes: scopes.value, person: person.value }
  const described = await describe(ports, request, found, granted)
  if (!described.ok) return described
  const rotated = await rotate()
  if (rotated.outcome === 'reused') return recorded(dead('used twice'))
  if (rotated.outcome !== 'rotated') return dead(rotated.outcome)
  const { refreshToken } = rotated
  return ok(
    await issueTokens(ports, request, found, { ...granted, described: described.value, refreshToken }, signer.value),
  )
}

const dead = (detail: string): Fail<OAuthError> => oauthFail('invalid_grant', DEAD, detail)
