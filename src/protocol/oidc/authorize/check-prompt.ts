/** What the person is to be asked (OpenID Connect Core §3.1.2.1): `none` stands alone. */
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const
export type Prompt = (typeof PROMPTS)[number]

export const checkPrompt = ({ parameters }: RedirectSafe): Result<ReadonlySet<Prompt>, OAuthError> => {
  const prompts = new Set<Prompt>()
  for (const asked of (parameters.get('prompt') ?? '').split(' ')) {
    if (asked === '') continue
    const known = PROMPTS.find((prompt) => prompt === asked)
    if (!known) return oauthFail('invalid_request', 'This prompt is not supported.', asked)
    prompts.add(known)
  }
  if (prompts.has('none') && prompts.size > 1) {
    return oauthFail('invalid_request', 'The prompt none does not go with another.')
  }
  return ok(prompts)
}
