/** What a person reads when a request stops at our own page: keys of the texts. */
import type { LocalErrorCode } from '../../../protocol/oidc/errors.ts'

export const ERROR_TEXTS: Readonly<Record<LocalErrorCode | 'application_unknown', string>> = {
  application_unknown: 'oidc.error.application_unknown',
  client_unknown: 'oidc.error.client_unknown',
  redirect_uri_missing: 'oidc.error.redirect_uri_missing',
  redirect_uri_mismatch: 'oidc.error.redirect_uri_mismatch',
  redirect_uri_forbidden: 'oidc.error.redirect_uri_forbidden',
  parameter_twice: 'oidc.error.parameter_twice',
  parameter_malformed: 'oidc.error.parameter_malformed',
  request_too_long: 'oidc.error.request_too_long',
}
