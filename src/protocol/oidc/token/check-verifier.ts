/** PKCE (RFC 7636 §4.6): the verifier must hash to the challenge kept with the code, and neither comes without the other. */
import { base64url, sameBytes, sha256 } from '../../../base/bytes.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { CodeChallenge } from '../authorize/check-pkce.ts'
import { type OAuthError, oauthFail } from '../errors.ts'

const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

export const checkVerifier = (kept: CodeChallenge | null, verifier: string | undefined): Result<null, OAuthError> => {
  if (!kept) {
    // Somebody took the challenge out of the request that the client sent (CVE-2024-23647).
    return verifier === undefined ? ok(null) : refused('A code_verifier was sent for a code without a challenge.')
  }
  if (verifier === undefined) return refused('The code_verifier is missing.')
  if (!VERIFIER.test(verifier)) return refused('The code_verifier does not have the form of one.')
  const shown = kept.method === 'S256' ? base64url(sha256(verifier)) : verifier
  return sameBytes(shown, kept.challenge) ? ok(null) : refused('The code_verifier does not match the challenge.')
}

const refused = (message: string): Result<never, OAuthError> => oauthFail('invalid_grant', message)
