/** What a person reads when a request stops at our own page: keys of the texts. */
import type { LocalError, LocalErrorCode } from '../../../protocol/oidc/errors.ts'

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

const TECHNICAL: Readonly<
  Record<LocalErrorCode | 'client_id_missing', { readonly text: string; readonly term: string }>
> = {
  client_id_missing: { text: 'oidc.technical.client_id_missing', term: 'client_id' },
  client_unknown: { text: 'oidc.technical.client_unknown', term: 'client_id' },
  redirect_uri_missing: { text: 'oidc.technical.redirect_uri_missing', term: 'redirect_uri' },
  redirect_uri_mismatch: { text: 'oidc.technical.redirect_uri_mismatch', term: 'redirect_uri' },
  redirect_uri_forbidden: { text: 'oidc.technical.redirect_uri_forbidden', term: 'redirect_uri' },
  parameter_twice: { text: 'oidc.technical.parameter_twice', term: '' },
  parameter_malformed: { text: 'oidc.technical.parameter_malformed', term: '' },
  request_too_long: { text: 'oidc.technical.request_too_long', term: '' },
}

/** The same in the specification's terms, for whoever looks after the application. */
export const technicalText = ({ code, detail, parameter }: LocalError) => {
  // Only a client ID that came with the request can be told in the log.
  const missing = code === 'client_unknown' && detail === undefined
  const { text, term } = TECHNICAL[missing ? 'client_id_missing' : code]
  return { text, term: parameter ?? term }
}
