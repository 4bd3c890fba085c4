/** The routes that are answered before the framework: a path to a handler, found without allocating. */
import type { Route } from '../kinds/contract/provider.ts'

export type Matched = { readonly route: Route; readonly params: Readonly<Record<string, string>> }

export type HotRoutes = { match(method: string, path: string): Matched | null }

type Pattern = { readonly route: Route; readonly segments: readonly string[] }

const NO_PARAMS = Object.freeze({})

/**
 * Exact paths first, then those with `:name` segments, in the order given. Takes the routes that are not hot too: their
 * exact paths must not be taken for a name (`/application/o/authorize/` is no application).
 */
export const hotRoutes = (routes: readonly Route[]): HotRoutes => {
  const exact = new Map<string, Route>()
  const patterns: Pattern[] = []
  for (const route of routes) {
    if (route.path.includes(':')) {
      if (route.hot) patterns.push({ route, segments: route.path.split('/') })
    } else exact.set(`${route.method} ${route.path}`, route)
  }
  return {
    match: (asked, path) => {
      const method = asked === 'HEAD' ? 'GET' : asked
      const route = exact.get(`${method} ${path}`)
      if (route) return route.hot ? { route, params: NO_PARAMS } : null
      for (const pattern of patterns) {
        if (pattern.route.method !== method) continue
        const params = matchSegments(pattern.segments, path)
        if (params) return { route: pattern.route, params }
      }
      return null
    },
  }
}

const matchSegments = (segments: readonly string[], path: string): Record<string, string> | null => {
  const asked = path.split('/')
  if (asked.length !== segments.length) return null
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const given = asked[index] ?? ''
    // Names in addresses are slugs: what would need decoding names nothing of ours.
    if (segment.startsWith(':')) {
      if (!/^[A-Za-z0-9_-]{1,63}$/.test(given)) return null
      params[segment.slice(1)] = given
    } else if (segment !== given) return null
  }
  return params
}
