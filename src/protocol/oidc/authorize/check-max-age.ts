/** How long ago the person may have signed in, in seconds (OpenID Connect Core §3.1.2.1). Comes out in milliseconds. */
import { SECOND } from '../../../base/clock.ts'
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export const checkMaxAge = ({ parameters }: RedirectSafe): Result<number | null, OAuthError> => {
  const asked = parameters.get('max_age')
  if (asked === undefined) return ok(null)
  // Ten digits are three hundred years; more would only test how numbers are read.
  if (!/^\d{1,10}$/.test(asked)) return oauthFail('invalid_request', 'The max_age must be a whole number of seconds.')
  return ok(Number(asked) * SECOND)
}
