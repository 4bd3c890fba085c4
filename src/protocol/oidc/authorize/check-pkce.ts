/**
 * The code challenge (RFC 7636 §4.3): S256 in its one form. A request without a method means `plain`, which is taken
 * only where an administrator switched it on. Public clients must send a challenge at all.
 */
import { ok, type Result } from '../../../base/result.ts'
import type { Client } from '../client.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export type CodeChallenge = { readonly method: 'S256' | 'plain'; readonly challenge: string }

/** What is offered, for discovery too. */
export const challengeMethods = (client: Pick<Client, 'plainPkce'>): readonly CodeChallenge['method'][] =>
  client.plainPkce ? ['S256', 'plain'] : ['S256']

// 32 bytes in base64url: the last character holds four bits, so that one hash has one spelling.
const S256 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
const PLAIN = /^[A-Za-z0-9._~-]{43,128}$/

export const checkPkce = ({ client, parameters }: RedirectSafe): Result<CodeChallenge | null, OAuthError> => {
  const challenge = parameters.get('code_challenge')
  const asked = parameters.get('code_challenge_method')
  if (challenge === undefined) {
    if (asked !== undefined)
      return oauthFail('invalid_request', 'A code_challenge_method was sent without a challenge.')
    if (client.requirePkce) return oauthFail('invalid_request', 'A code_challenge is required (PKCE).')
    return ok(null)
  }
  const method = challengeMethods(client).find((known) => known === (asked ?? 'plain'))
  if (!method) return oauthFail('invalid_request', 'The code_challenge_method must be S256.', asked ?? 'plain')
  if (!(method === 'S256' ? S256 : PLAIN).test(challenge)) {
    return oauthFail('invalid_request', 'The code_challenge does not have the form of its method.')
  }
  return ok({ method, challenge })
}
