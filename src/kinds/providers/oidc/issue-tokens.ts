/** Makes the tokens of a grant: access token, ID token where `openid` was granted, and the answer around them. */
import { base64url } from '../../../base/bytes.ts'
import type { JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { WireRequest } from '../../../base/wire.ts'
import type { Grant } from '../../../domain/grants/grant.ts'
import type { Person } from '../../../domain/people/person.ts'
import { amrOf } from '../../../domain/sessions/session.ts'
import { signJws } from '../../../protocol/jose/sign-jws.ts'
import { AUTHENTIK_ACR } from '../../../protocol/oidc/acr.ts'
import { ACCESS_TOKEN_TYPE, accessTokenClaims } from '../../../protocol/oidc/claims/access-token.ts'
import { ID_TOKEN_TYPE, idTokenClaims } from '../../../protocol/oidc/claims/id-token.ts'
import type { TokenSubject } from '../../../protocol/oidc/claims/token-claims.ts'
import { type OAuthError, oauthFail } from '../../../protocol/oidc/errors.ts'
import { tokenResponse } from '../../../protocol/oidc/token/token-response.ts'
import type { ProviderPorts, Signer } from '../../contract/provider.ts'
import { aboutPerson, sidOf, subjectOf } from './about-person.ts'
import { issuerOf } from './addresses.ts'
import { clientActor, from } from './events.ts'
import { claimsRequest, dataOf, provenOf } from './grant-data.ts'
import { type GrantFailure, recorded } from './oauth-response.ts'
import type { FoundClient } from './oidc-provider.ts'

export type Granted = {
  readonly grant: Grant
  /** Those of the access token: the grant's, or fewer. */
  readonly scopes: readonly string[]
  /** Null where the client acts for itself. */
  readonly person: Person | null
}

/** Who the tokens are about, and what they tell. */
export type Described = { readonly subject: string; readonly about: JsonObject }

/** The key that signs for a provider. Asked for before anything is spent: without one nothing can be issued. */
export const signerOf = (ports: ProviderPorts, { provider }: FoundClient): Result<Signer, OAuthError> => {
  const signer = ports.keys.signer(provider.signingKey)
  return signer ? ok(signer) : oauthFail('server_error', 'No signing key is ready.', provider.signingKey)
}

/** Computes what the tokens will tell. It can fail, so it comes before a refresh token is spent. */
export const describe = async (
  ports: ProviderPorts,
  request: WireRequest,
  found: FoundClient,
  { grant, scopes, person }: Granted,
): Promise<Result<Described, GrantFailure>> => {
  if (!person) return ok({ subject: found.client.id, about: {} })
  const subject = await subjectOf(ports, person, found)
  const data = dataOf(grant)
  const about = aboutPerson(found, { person, proven: provenOf(data), scopes, request: claimsRequest(request, data) })
  if (about.ok) return ok({ subject, about: found.provider.includeClaims ? about.value : {} })
  await recordFailedClaim(ports, request, found, about.error)
  return recorded(oauthFail('invalid_grant', 'A claim of this person cannot be computed.', about.error.claim))
}

export const issueTokens = async (
  ports: ProviderPorts,
  request: WireRequest,
  found: FoundClient,
  { grant, scopes, person, described, refreshToken }: Granted & { described: Described; refreshToken: string | null },
  signer: Signer,
): Promise<JsonObject> => {
  const { provider, client } = found
  const validFor = provider.accessTokenValidity
  const token: TokenSubject = {
    issuer: issuerOf(ports, request, provider),
    subject: described.subject,
    clientId: client.id,
    now: request.now,
    expiresAt: request.now + validFor,
    signIn: person ? signInOf(grant) : null,
  }
  const { about } = described
  const access = accessTokenClaims({ ...token, grantId: grant.id, scopes, about }, ports.random)
  const accessToken = await signJws(ACCESS_TOKEN_TYPE, access, signer)
  const idToken = async () => {
    const jti = base64url(ports.random(30))
    const nonce = dataOf(grant).nonce ?? undefined
    const claims = idTokenClaims({ ...token, accessToken, jti, nonce, algorithm: signer.algorithm, about })
    return signJws(ID_TOKEN_TYPE, claims, signer)
  }
  return tokenResponse({
    accessToken,
    validFor,
    scopes,
    refreshToken,
    idToken: person && scopes.includes('openid') ? await idToken() : null,
  })
}

const signInOf = (grant: Grant): TokenSubject['signIn'] => {
  const { auth_time: authTime, proofs, acr = AUTHENTIK_ACR } = dataOf(grant)
  return { authTime, amr: amrOf(proofs), acr, sid: grant.sessionId ? sidOf(grant.sessionId) : null }
}

/** An administrator's expression failed for a person, who cannot mend it. */
export const recordFailedClaim = (
  ports: ProviderPorts,
  request: WireRequest,
  { application, client }: FoundClient,
  failed: { readonly claim: string; readonly says: string },
): Promise<void> =>
  ports.record({
    type: 'expression.failed',
    actor: clientActor(client.id),
    target: `applications/${application.slug}`,
    detail: { claim: failed.claim, says: failed.says },
    client: from(request),
    organisation: application.organisation,
  })
