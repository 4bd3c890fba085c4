/** Userinfo (OpenID Connect Core §5.3): what the scopes of an access token tell of its person, as of now. */
import { json, type WireRequest, type WireResponse } from '../../../base/wire.ts'
import { type OAuthError, oauthFail } from '../../../protocol/oidc/errors.ts'
import { readBearer } from '../../../protocol/oidc/read-bearer.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import { aboutPerson } from './about-person.ts'
import type { AccessTokens, LiveToken } from './access-tokens.ts'
import { corsHeaders, withHeaders } from './cors.ts'
import { claimsRequest, dataOf, provenOf } from './grant-data.ts'
import { recordFailedClaim } from './issue-tokens.ts'
import { allOrigins } from './oidc-provider.ts'

export const answerUserinfo = async (
  ports: ProviderPorts,
  tokens: AccessTokens,
  request: WireRequest,
): Promise<WireResponse> => {
  const sent = readBearer(request.headers.authorization, request.form)
  if (!sent.ok) return refuse(sent.error)
  // No error code for a request without a token (RFC 6750 §3.1).
  if (sent.value === null) return challenge(401, 'Bearer realm="Gatehouse"')
  const snapshot = await ports.snapshot()
  const live = await tokens.live(snapshot, sent.value, request.now)
  if (!live) {
    // Whose token it was meant to be is not known; an application's script should still see that it must renew it.
    const refused = refuse(oauthFail('invalid_token', 'The access token is not valid.').error)
    return withHeaders(refused, corsHeaders(request, allOrigins(snapshot)))
  }
  const { provider, client } = live.found
  return withHeaders(await tell(ports, request, live), corsHeaders(request, provider.origins.get(client.id)))
}

const tell = async (
  ports: ProviderPorts,
  request: WireRequest,
  { token, grant, found }: LiveToken,
): Promise<WireResponse> => {
  const { userId } = grant
  if (userId === null || !token.scopes.includes('openid')) {
    return refuse(oauthFail('insufficient_scope', 'The access token lacks the scope openid.').error)
  }
  const person = await ports.person(userId)
  if (!person?.user.active) return refuse(oauthFail('invalid_token', 'The access token is not valid.').error)
  const data = dataOf(grant)
  const scopes = token.scopes
  const about = aboutPerson(found, { person, proven: provenOf(data), scopes, request: claimsRequest(request, data) })
  if (!about.ok) {
    await recordFailedClaim(ports, request, found, about.error)
    return refuse(oauthFail('invalid_token', 'A claim of this person cannot be computed.').error)
  }
  // The `sub` of the token, so that it is the ID token's also where the mode was changed since (Core §5.3.2).
  return json(200, { ...about.value, sub: token.subject, nonce: data.nonce ?? undefined })
}

const STATUS: Readonly<Partial<Record<OAuthError['code'], number>>> = { invalid_request: 400, insufficient_scope: 403 }

const refuse = ({ code, message }: OAuthError): WireResponse =>
  challenge(STATUS[code] ?? 401, `Bearer realm="Gatehouse", error="${code}", error_description="${message}"`)

const challenge = (status: number, header: string): WireResponse => ({
  status,
  headers: { 'www-authenticate': header, 'cache-control': 'no-store' },
})
