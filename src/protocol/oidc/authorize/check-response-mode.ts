/** How the answer travels: in the query, the fragment, or by a form that posts itself (OAuth 2.0 Form Post Response Mode). */
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'
import type { AuthorizeContext, RedirectSafe, ResponseMode } from './request.ts'

/** What is offered, for discovery too. */
export const responseModes = (formPost: boolean): readonly ResponseMode[] =>
  formPost ? ['query', 'fragment', 'form_post'] : ['query', 'fragment']

/** The mode asked for, `query` where none is, undefined for one that is not offered. */
export const responseModeOf = (parameters: Parameters, formPost: boolean): ResponseMode | undefined => {
  const asked = parameters.get('response_mode') ?? 'query'
  return responseModes(formPost).find((mode) => mode === asked)
}

export const checkResponseMode = (
  { parameters }: RedirectSafe,
  { formPost }: AuthorizeContext,
): Result<ResponseMode, OAuthError> => {
  const mode = responseModeOf(parameters, formPost)
  return mode ? ok(mode) : oauthFail('invalid_request', 'This response_mode is not supported.')
}
