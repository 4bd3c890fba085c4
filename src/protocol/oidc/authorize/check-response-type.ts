/** The response type must be known, and registered for the client (RFC 6749 §3.1.1, §4.1.2.1). */
import { ok, type Result } from '../../../base/result.ts'
import { RESPONSE_TYPES, type ResponseType } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export const checkResponseType = ({ client, parameters }: RedirectSafe): Result<ResponseType, OAuthError> => {
  const asked = parameters.get('response_type')
  if (asked === undefined) return oauthFail('invalid_request', 'No response_type was sent.')
  const known = RESPONSE_TYPES.find((type) => type === asked)
  if (!known) return oauthFail('unsupported_response_type', 'This response_type is not supported.', asked)
  if (!client.responseTypes.includes(known) || !client.grantTypes.includes('authorization_code')) {
    return oauthFail('unauthorized_client', 'The client may not use this response_type.')
  }
  return ok(known)
}
