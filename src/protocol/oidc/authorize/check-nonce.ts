/** The nonce goes through to the ID token as it came (OpenID Connect Core §3.1.2.1); for `code` it is optional. */
import { ok, type Result } from '../../../base/result.ts'
import type { OAuthError } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export const checkNonce = ({ parameters }: RedirectSafe): Result<string | undefined, OAuthError> =>
  ok(parameters.get('nonce'))
