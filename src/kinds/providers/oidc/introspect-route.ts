/**
 * Introspection (RFC 7662): a confidential client asks about a token that was issued to it, or to another client under
 * the same issuer. Of any other token it learns no more than of a made-up one (A40).
 */
import type { JsonObject } from '../../../base/json.ts'
import type { WireRequest, WireResponse } from '../../../base/wire.ts'
import type { VerifiedAccessToken } from '../../../protocol/oidc/claims/read-access-token.ts'
import { seconds } from '../../../protocol/oidc/claims/token-claims.ts'
import { isPublic } from '../../../protocol/oidc/client.ts'
import { activeToken, INACTIVE } from '../../../protocol/oidc/introspection.ts'
import { TOKEN_CARE_PARAMETERS } from '../../../protocol/oidc/token/token-parameters.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import { subjectOf } from './about-person.ts'
import type { AccessTokens } from './access-tokens.ts'
import { issuerOf } from './addresses.ts'
import { type ClientRequest, readClientRequest } from './client-request.ts'
import { oauthError, oauthJson } from './oauth-response.ts'
import type { FoundClient } from './oidc-provider.ts'

export const answerIntrospect = async (
  ports: ProviderPorts,
  tokens: AccessTokens,
  request: WireRequest,
): Promise<WireResponse> => {
  const asked = await readClientRequest(ports, request, TOKEN_CARE_PARAMETERS)
  if (!asked.ok) return asked.error
  if (isPublic(asked.value.found.client)) {
    // Anybody could ask as a public client, and try tokens until one is live (RFC 7662 §2.1).
    return oauthError({ code: 'invalid_client', message: 'Introspection is for confidential clients.' }, 401)
  }
  const token = asked.value.parameters.get('token')
  if (token === undefined) return oauthError({ code: 'invalid_request', message: 'The token is missing.' })
  const access = await ofAccessToken(tokens, request, asked.value, token)
  if (access) return answerOf(access)
  return oauthJson(200, (await ofRefreshToken(ports, request, asked.value, token)) ?? INACTIVE)
}

/** What is told of an access token is all in the token: the answer is made once, for as long as the token is remembered. */
const answers = new WeakMap<VerifiedAccessToken, WireResponse>()
const answerOf = (token: VerifiedAccessToken): WireResponse => {
  const known = answers.get(token)
  if (known) return known
  const answer = oauthJson(200, activeToken(token.claims, token))
  answers.set(token, answer)
  return answer
}

/** The grant must be of the same application, which is one issuer. */
const isOwn = ({ application }: FoundClient, of: { application: string }): boolean =>
  of.application === application.slug

const ofAccessToken = async (
  tokens: AccessTokens,
  request: WireRequest,
  { snapshot, found }: ClientRequest,
  text: string,
): Promise<VerifiedAccessToken | null> => {
  const live = await tokens.live(snapshot, text, request.now)
  return live && isOwn(found, live.grant) ? live.token : null
}

const ofRefreshToken = async (
  ports: ProviderPorts,
  request: WireRequest,
  { found }: ClientRequest,
  text: string,
): Promise<JsonObject | null> => {
  const peeked = await ports.grants.peekRefresh(text)
  if (!peeked || !isOwn(found, peeked.grant)) return null
  const { token } = peeked
  if (token.usedAt !== null || token.expiresAt <= request.now) return null
  const grant = await ports.grants.alive(peeked.grant.id)
  const person = grant?.userId ? await ports.person(grant.userId) : null
  if (!grant || !person) return null
  const claims = {
    iss: issuerOf(ports, request, found.provider),
    sub: await subjectOf(ports, person, found),
    aud: grant.clientId,
    iat: seconds(token.issuedAt),
    exp: seconds(token.expiresAt),
  }
  return activeToken(claims, grant)
}
