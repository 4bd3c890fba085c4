/**
 * Where a flow may lead on to: a path of this house and nothing else (A46). Browsers read `\` as `/` and drop tabs and
 * line breaks, so an address is judged as they would read it, and what comes out is what was judged.
 */
const HOME = '/if/user/'

// Never a place to arrive at by itself: it would sign out, or begin the same flow again.
const NOT_A_PLACE = /^\/(?:flows\/-\/|if\/flow\/|recovery\/)/

/** The path with its query, or the portal where the address leads elsewhere. `origin` is ours. */
export const safeNext = (next: string | null | undefined, origin: string): string => {
  if (!next || next.length > 8192 || !next.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return HOME
  const path = next.split(/[?#]/, 1)[0] ?? ''
  // `//host` and `/%2f%2fhost`: the second is only a path to us, but what redirects after us may decode it.
  if (/^\/(?:\/|%2f|%5c|%09|%0a|%0d)/i.test(path)) return HOME
  if (!URL.canParse(next, origin)) return HOME
  const url = new URL(next, origin)
  if (url.origin !== origin || NOT_A_PLACE.test(url.pathname)) return HOME
  return url.pathname + url.search
}
