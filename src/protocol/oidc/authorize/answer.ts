/**
 * The answer at a redirect URI (RFC 6749 §4.1.2), with `iss` in each one, errors too (RFC 9207): a client that talks to
 * several issuers can tell which of them answered.
 */
import type { OAuthError } from '../errors.ts'
import type { RedirectSafe, ResponseMode } from './request.ts'

export type Answer =
  | { readonly how: 'redirect'; readonly location: string }
  | { readonly how: 'form_post'; readonly action: string; readonly fields: Readonly<Record<string, string>> }

type Fields = Readonly<Record<string, string>>

const answer = (safe: RedirectSafe, mode: ResponseMode, given: Fields): Answer => {
  const fields = { ...given, ...(safe.state === undefined ? {} : { state: safe.state }), iss: safe.issuer }
  if (mode === 'form_post') return { how: 'form_post', action: safe.redirectUri, fields }
  const text = new URLSearchParams(fields).toString()
  if (mode === 'fragment') return { how: 'redirect', location: `${safe.redirectUri}#${text}` }
  // The address may have a query of its own, which is kept (RFC 6749 §3.1.2).
  return { how: 'redirect', location: `${safe.redirectUri}${safe.redirectUri.includes('?') ? '&' : '?'}${text}` }
}

export const answerCode = (safe: RedirectSafe, code: string): Answer => answer(safe, safe.responseMode, { code })

export const answerError = (safe: RedirectSafe, { code, message }: OAuthError): Answer =>
  answer(safe, safe.responseMode, { error: code, error_description: message })
