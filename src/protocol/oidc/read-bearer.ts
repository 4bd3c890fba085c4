/**
 * The access token of a request to a protected resource (RFC 6750 §2): in the header or in the form, in one of them.
 * In the query it is not looked for: addresses end up in logs and histories (RFC 9700 §4.3.2).
 */
import { ok, type Result } from '../../base/result.ts'
import { type OAuthError, oauthFail } from './errors.ts'

/** Null where none was sent. */
export const readBearer = (
  authorization: string | undefined,
  form: URLSearchParams | null,
): Result<string | null, OAuthError> => {
  const sent = form?.getAll('access_token') ?? []
  if (authorization !== undefined && /^Bearer(?: |$)/i.test(authorization)) {
    const found = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization)
    if (!found?.[1] || sent.length > 0) return oauthFail('invalid_request', 'The access token cannot be read.')
    return ok(found[1])
  }
  if (sent.length > 1) return oauthFail('invalid_request', 'The access token was sent more than once.')
  return ok(sent[0] || null)
}
