/** The grant type must be one that the endpoint knows and the client registered (RFC 6749 §5.2). */
import { ok, type Result } from '../../../base/result.ts'
import { type Client, GRANT_TYPES, type GrantType } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'

export const checkGrantType = (client: Client, parameters: Parameters): Result<GrantType, OAuthError> => {
  const asked = parameters.get('grant_type')
  if (asked === undefined) return oauthFail('invalid_request', 'No grant_type was sent.')
  const known = GRANT_TYPES.find((type) => type === asked)
  if (!known) return oauthFail('unsupported_grant_type', 'This grant_type is not supported.')
  if (!client.grantTypes.includes(known)) {
    return oauthFail('unauthorized_client', 'The client may not use this grant_type.')
  }
  return ok(known)
}
