/** A page of ours as an answer: never cached, never framed, no script or style but our own files (A72, A73, F10). */
import type { SetCookie, WireResponse } from '../base/wire.ts'

/** What a page needs beside its markup: the one picture from elsewhere that it may show. */
export type Rendered = { readonly markup: string; readonly logo: string | null }

/** `formAction` are the validated origins or schemes where the page's form may end: Chromium checks redirects too. */
export const page = (
  status: number,
  { markup, logo }: Rendered,
  options: {
    formAction?: readonly string[]
    cookies?: readonly SetCookie[]
    headers?: Readonly<Record<string, string>>
  } = {},
): WireResponse => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': contentSecurityPolicy(options.formAction ?? [], logo),
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    ...options.headers,
  },
  ...(options.cookies ? { cookies: options.cookies } : {}),
  body: markup,
})

// An origin or a scheme, nothing that could add a directive of its own.
const SAFE_SOURCE = /^(?:https?:\/\/[a-z0-9.[\]:_-]+|[a-z][a-z0-9+.-]*:)$/i

const contentSecurityPolicy = (formAction: readonly string[], logo: string | null): string => {
  const safe = (sources: readonly string[]): string => sources.filter((source) => SAFE_SOURCE.test(source)).join(' ')
  const pictures = logo === null || !URL.canParse(logo) ? [] : [new URL(logo).origin]
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    // Of a logo, its very origin: the brand's own choice, and no other site's pictures.
    `img-src 'self' data: ${safe(pictures)}`.trim(),
    "connect-src 'self'",
    `form-action 'self' ${safe([...new Set(formAction)])}`.trim(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}
