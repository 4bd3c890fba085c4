/**
 * Where a flow may lead on to: a path of this house and nothing else (A46). Browsers read `\` as `/` and drop tabs and
 * line breaks, so an address is judged as they would read it, and what comes out is what was judged.
 */
const HOME = '/if/user/'

// Never a place to arrive at by itself: it would sign out, or begin the same flow again.
const NOT_A_PLACE = /^\/(?:flows\/-\/|if\/flow\/|recovery\/)/

// `//host` and `/%2f%2fhost`: the second is only a path to us, but what redirects after us may decode it.
const NAMES_A_HOST = /^\/(?:\/|%2f|%5c|%09|%0a|%0d)/i

/** The path with its query, or the portal where the address leads elsewhere. `origin` is ours. */
export const safeNext = (next: string | null | undefined, origin: string): string => {
  if (!next || next.length > 8192 || !next.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return HOME
  const path = next.split(/[?#]/, 1)[0] ?? ''
  if (NAMES_A_HOST.test(path)) return HOME
  if (!URL.canParse(next, origin)) return HOME
  const url = new URL(next, origin)
  // Looked at again once the dots are resolved: `/.//host` is a path of ours that becomes `//host`.
  if (url.origin !== origin || NAMES_A_HOST.test(url.pathname) || NOT_A_PLACE.test(url.pathname)) return HOME
  return url.pathname + url.search
}
