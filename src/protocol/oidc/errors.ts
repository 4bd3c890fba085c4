/**
 * The errors of OAuth 2 and OpenID Connect, as a closed list. Descriptions are shown to developers of clients: ASCII
 * without quotes or backslashes (RFC 6749 §4.1.2.1, §5.2).
 */
import { type Fail, type Failure, fail } from '../../base/result.ts'

export type OAuthErrorCode =
  // RFC 6749 §4.1.2.1 and §5.2
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'access_denied'
  | 'server_error'
  // OpenID Connect Core §3.1.2.6
  | 'interaction_required'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  // RFC 9470 §5, OpenID Connect Core Unmet Authentication Requirements
  | 'unmet_authentication_requirements'
  // RFC 6750 §3.1
  | 'invalid_token'
  | 'insufficient_scope'
export type OAuthError = Failure<OAuthErrorCode>

/** A failed result with a code of the specifications. `detail` goes to the log and the event only. */
export const oauthFail = (code: OAuthErrorCode, message: string, detail?: string): Fail<OAuthError> =>
  fail(code, message, detail)

/** What is told to the person at our own page, since no address to redirect to has been proven. */
export type LocalErrorCode =
  | 'client_unknown'
  | 'redirect_uri_missing'
  | 'redirect_uri_mismatch'
  | 'redirect_uri_forbidden'
  | 'parameter_twice'
  | 'parameter_malformed'
  | 'request_too_long'
export type LocalError = Failure<LocalErrorCode> & {
  /** The parameter at fault, of those we know. */
  readonly parameter?: string
}
