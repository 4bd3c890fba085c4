/**
 * The pipeline of an authorization request (OpenID Connect Core §3.1.2.2, RFC 6749 §4.1.1). Two steps prove where an
 * answer may go; the table below is everything after them, in the order in which a request is refused.
 */
import { err, ok, type Result } from '../../../base/result.ts'
import type { OAuthError } from '../errors.ts'
import type { Parameters } from '../read-parameters.ts'
import { checkAcr } from './check-acr.ts'
import { checkClient } from './check-client.ts'
import { checkMaxAge } from './check-max-age.ts'
import { checkNonce } from './check-nonce.ts'
import { checkPkce } from './check-pkce.ts'
import { checkPrompt } from './check-prompt.ts'
import { checkRedirectUri } from './check-redirect-uri.ts'
import { checkRequestObject } from './check-request-object.ts'
import { checkResponseMode } from './check-response-mode.ts'
import { checkResponseType } from './check-response-type.ts'
import { checkScope } from './check-scope.ts'
import { checkUiLocales } from './check-ui-locales.ts'
import type { AuthorizeContext, RedirectSafe, Refusal } from './request.ts'

type Check<T> = (safe: RedirectSafe, context: AuthorizeContext) => Result<T, OAuthError>

/** Read from top to bottom: the name of what a check finds out, and the check. */
const CHECKS = {
  requestObject: checkRequestObject,
  responseType: checkResponseType,
  responseMode: checkResponseMode,
  scopes: checkScope,
  nonce: checkNonce,
  challenge: checkPkce,
  prompts: checkPrompt,
  maxAge: checkMaxAge,
  acr: checkAcr,
  uiLocales: checkUiLocales,
} as const satisfies Record<string, Check<unknown>>

type Found<C> = C extends (...given: never[]) => Result<infer T, OAuthError> ? T : never
type Findings = { readonly [Name in keyof typeof CHECKS]: Found<(typeof CHECKS)[Name]> }

/** A request that may be granted, if the person and the rules agree. */
export type Ready = RedirectSafe & Findings

export const authorize = (parameters: Parameters, context: AuthorizeContext): Result<Ready, Refusal> => {
  const known = checkClient(parameters, context)
  if (!known.ok) return err({ where: 'here', error: known.error, client: null })
  const safe = checkRedirectUri(known.value, context)
  if (!safe.ok) return err({ where: 'here', error: safe.error, client: known.value.client })
  const findings: Record<string, unknown> = {}
  for (const [name, check] of Object.entries(CHECKS)) {
    const found = check(safe.value, context)
    if (!found.ok) return err({ where: 'redirect', error: found.error, safe: safe.value })
    findings[name] = found.value
  }
  // The loop gave each name what its own check found; the compiler cannot follow names through a loop.
  return ok({ ...safe.value, ...(findings as Findings) })
}
