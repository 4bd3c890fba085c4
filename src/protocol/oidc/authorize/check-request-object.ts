/** Request objects are not taken, by value or by reference (OpenID Connect Core §6, §7.2.1); nothing is fetched. */
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export const checkRequestObject = ({ parameters }: RedirectSafe): Result<null, OAuthError> => {
  if (parameters.has('request')) return oauthFail('request_not_supported', 'Request objects are not supported.')
  if (parameters.has('request_uri')) {
    return oauthFail('request_uri_not_supported', 'Request objects by reference are not supported.')
  }
  if (parameters.has('registration')) {
    return oauthFail('registration_not_supported', 'Registration in the request is not supported.')
  }
  return ok(null)
}
