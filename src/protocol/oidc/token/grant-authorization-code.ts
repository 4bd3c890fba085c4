/**
 * The exchange of a code (RFC 6749 §4.1.3): by the client it was given to, with the redirect URI it was given for, and
 * the verifier of its challenge. Judged while the code is being spent, so that a wrong try burns it.
 */
import { sameBytes } from '../../../base/bytes.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { CodeChallenge } from '../authorize/check-pkce.ts'
import type { Client } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'
import { checkVerifier } from './check-verifier.ts'

/** What was kept with the code for this moment. */
export type KeptCode = {
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: CodeChallenge | null
}

export const judgeCode = (kept: KeptCode, client: Client, parameters: Parameters): Result<null, OAuthError> => {
  if (kept.clientId !== client.id) return oauthFail('invalid_grant', 'The code was given to another client.')
  const redirectUri = parameters.get('redirect_uri')
  if (redirectUri === undefined) return oauthFail('invalid_grant', 'The redirect_uri is missing.')
  if (!sameBytes(redirectUri, kept.redirectUri)) {
    return oauthFail('invalid_grant', 'The redirect_uri is not the one of the authorization request.')
  }
  const verified = checkVerifier(kept.challenge, parameters.get('code_verifier'))
  return verified.ok ? ok(null) : verified
}
