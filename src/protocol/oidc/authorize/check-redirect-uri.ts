/**
 * The redirect URI must be one that the client registered (RFC 6749 §3.1.2.3, RFC 9700 §2.1). Nothing is registered by
 * first use: a client without addresses is refused (CVE-2024-52289). The one place that makes a `RedirectSafe`.
 */
import { fail, ok, type Result } from '../../../base/result.ts'
import type { LocalError } from '../errors.ts'
import { isRegisteredRedirectUri, redirectUriFault } from '../redirect-uri.ts'
import { responseModeOf } from './check-response-mode.ts'
import type { AuthorizeContext, RedirectSafe, WithClient } from './request.ts'

export const checkRedirectUri = (
  { client, parameters }: WithClient,
  context: AuthorizeContext,
): Result<RedirectSafe, LocalError> => {
  const uri = parameters.get('redirect_uri')
  // Required even where only one is registered: the exchange of the code compares with what was sent here (A11).
  if (uri === undefined) return fail('redirect_uri_missing', 'No redirect_uri was sent.')
  const fault = redirectUriFault(uri)
  if (fault) return fail('redirect_uri_forbidden', 'The redirect_uri is not one that can be used.', `${fault}: ${uri}`)
  if (!isRegisteredRedirectUri(client, uri)) {
    return fail('redirect_uri_mismatch', 'The redirect_uri is not registered for this client.', uri)
  }
  const safe = {
    client,
    parameters,
    redirectUri: uri,
    issuer: context.issuer(client),
    state: parameters.get('state'),
    responseMode: responseModeOf(parameters, context.formPost) ?? 'query',
  }
  // The brand has no value: this cast is what it means to have passed the check above.
  return ok(safe as RedirectSafe)
}
