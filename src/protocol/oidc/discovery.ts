/** The discovery document (OpenID Connect Discovery §3, RFC 8414 §2). It names what is there and nothing else. */
import type { JsonObject } from '../../base/json.ts'
import { ACR_VALUES } from './acr.ts'
import { PROMPTS } from './authorize/check-prompt.ts'
import type { ResponseMode } from './authorize/request.ts'
import { CLIENT_AUTH_METHODS, type Client, RESPONSE_TYPES } from './client.ts'
import { PATHS } from './issuer.ts'

export type Discovery = {
  /** Origin and web path, without a slash at the end. */
  readonly base: string
  /** After `base`. */
  readonly issuerPath: string
  readonly jwksPath: string
  /** Null where signing out goes by application. */
  readonly endSessionPath: string | null
  readonly clients: readonly Client[]
  readonly algorithms: readonly string[]
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  readonly responseModes: readonly ResponseMode[]
  readonly challengeMethods: readonly string[]
}

const OWN_CLAIMS = ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'amr', 'nonce', 'sid', 'at_hash', 'jti']

export const discoveryDocument = (of: Discovery): JsonObject => {
  const at = (path: string): string => `${of.base}${path}`
  const confidential = CLIENT_AUTH_METHODS.filter((method) => method !== 'none')
  return {
    issuer: at(of.issuerPath),
    authorization_endpoint: at(PATHS.authorize),
    token_endpoint: at(PATHS.token),
    userinfo_endpoint: at(PATHS.userinfo),
    introspection_endpoint: at(PATHS.introspect),
    revocation_endpoint: at(PATHS.revoke),
    end_session_endpoint: of.endSessionPath === null ? undefined : at(of.endSessionPath),
    jwks_uri: at(of.jwksPath),
    response_types_supported: RESPONSE_TYPES,
    response_modes_supported: of.responseModes,
    grant_types_supported: distinct(of.clients.flatMap((client) => client.grantTypes)),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: of.algorithms,
    token_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    introspection_endpoint_auth_methods_supported: confidential,
    revocation_endpoint_auth_methods_supported: CLIENT_AUTH_METHODS,
    scopes_supported: distinct(['openid', ...of.scopes]),
    claims_supported: distinct([...OWN_CLAIMS, ...of.claims]),
    acr_values_supported: ACR_VALUES,
    prompt_values_supported: PROMPTS,
    code_challenge_methods_supported: of.challengeMethods,
    authorization_response_iss_parameter_supported: true,
    claims_parameter_supported: false,
    request_parameter_supported: false,
    // Absent would mean true (Discovery §3).
    request_uri_parameter_supported: false,
  }
}

const distinct = (names: readonly string[]): string[] => [...new Set(names)]
