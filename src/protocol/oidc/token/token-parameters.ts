/** The parameters of the endpoints that clients call by themselves, and the most characters of each. */
import type { ParameterLimits } from '../read-parameters.ts'

const CREDENTIALS = { client_id: 255, client_secret: 4096, client_assertion: 8192, client_assertion_type: 128 } as const

export const TOKEN_PARAMETERS = {
  ...CREDENTIALS,
  grant_type: 128,
  code: 512,
  redirect_uri: 2048,
  code_verifier: 256,
  refresh_token: 512,
  scope: 4096,
  username: 255,
  password: 4096,
} as const satisfies ParameterLimits

/** Introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1). */
export const TOKEN_CARE_PARAMETERS = {
  ...CREDENTIALS,
  token: 16_384,
  token_type_hint: 64,
} as const satisfies ParameterLimits
