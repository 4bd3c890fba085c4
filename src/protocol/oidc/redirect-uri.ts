/**
 * Redirect URIs: what may be registered, and whether one that was sent is registered. Exact text decides (RFC 9700
 * §2.1); the port of a loopback literal is free for native apps (RFC 8252 §7.3); a pattern is what an administrator
 * asked for by name, and never reaches beyond plain http and https addresses.
 */
import type { Client, RedirectRule } from './client.ts'

export type RedirectUriFault = 'malformed' | 'fragment' | 'user_info' | 'scheme'

// Run or shown by the browser itself instead of asked of a server (CVE-2024-21637). No rule can allow them.
const FORBIDDEN_SCHEMES = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'blob:',
  'filesystem:',
  'file:',
  'about:',
  'view-source:',
  'chrome:',
  'chrome-extension:',
  'moz-extension:',
  'jar:',
  'ws:',
  'wss:',
  'ftp:',
  'mailto:',
])

const LONGEST = 2048

/** What is wrong with an address, whoever registered it; null for nothing. */
export const redirectUriFault = (uri: string): RedirectUriFault | null => {
  // Browsers drop tabs and line breaks and trim spaces: such an address is read as another one (A03).
  if (uri.length > LONGEST || /[\s\p{Cc}\\]/u.test(uri) || !URL.canParse(uri)) return 'malformed'
  if (uri.includes('#')) return 'fragment'
  const url = new URL(uri)
  if (FORBIDDEN_SCHEMES.has(url.protocol)) return 'scheme'
  if (url.username !== '' || url.password !== '' || /^[a-z][a-z0-9+.-]*:\/\/[^/?]*@/i.test(uri)) return 'user_info'
  if (isHttp(url) && !/^https?:\/\/[^/]/.test(uri)) return 'malformed'
  return null
}

/** Whether the client registered the address. */
export const isRegisteredRedirectUri = (client: Pick<Client, 'redirectRules' | 'native'>, uri: string): boolean =>
  redirectUriFault(uri) === null && client.redirectRules.some((rule) => ruleTakes(rule, uri, client.native))

const ruleTakes = (rule: RedirectRule, uri: string, native: boolean): boolean => {
  if ('exact' in rule) return rule.exact === uri || (native && isSameLoopback(rule.exact, uri))
  return isPlainHttpUri(uri) && rule.matches(uri)
}

const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=[/?]|$)/

/** Equal but for the port, both at the same loopback literal. Text, not parsed: `127.0.0.1.evil.example` is no literal. */
const isSameLoopback = (registered: string, uri: string): boolean => {
  if (!LOOPBACK.test(registered) || !LOOPBACK.test(uri)) return false
  return withoutPort(registered) === withoutPort(uri)
}
const withoutPort = (uri: string): string =>
  uri.replace(LOOPBACK, (origin) => origin.replace(/(?<=[\d\]]):\d{1,5}$/, ''))

const isHttp = (url: URL): boolean => url.protocol === 'https:' || url.protocol === 'http:'

// An escaped dot, slash, backslash or percent sign in a path: something behind us may decode it once more (A04).
const VEILED = /%(?:2e|2f|5c|25)/i
const DOT_SEGMENT = /^\.{1,2}(?:;|$)/

/** An address in the one spelling that a browser would give it, so that a pattern judges what will be asked for. */
const isPlainHttpUri = (uri: string): boolean => {
  const url = new URL(uri)
  if (!isHttp(url)) return false
  if (url.href !== uri && url.href !== `${uri}/`) return false
  const [path = ''] = uri.slice(url.origin.length).split('?', 1)
  return !VEILED.test(path) && !path.split('/').some((segment) => DOT_SEGMENT.test(segment))
}

/** Where a page's form may end on its way to this address (CSP `form-action`): an origin, or a scheme of its own. */
export const formActionOf = (uri: string): string => {
  const url = new URL(uri)
  return isHttp(url) ? url.origin : url.protocol
}

/** The origins of registered addresses: who may read answers across origins (CORS). Patterns name none. */
export const registeredOrigins = (rules: readonly RedirectRule[]): string[] => {
  const origins = rules.flatMap((rule) => {
    const url = 'exact' in rule ? new URL(rule.exact) : null
    return url && isHttp(url) ? [url.origin] : []
  })
  return [...new Set(origins)]
}
