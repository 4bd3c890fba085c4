/** The routes that are answered before the framework: a path to a handler. */
import type { Route } from '../kinds/contract/provider.ts'
import { methodsAt } from './methods-at.ts'

export type Matched = { readonly route: Route; readonly params: Readonly<Record<string, string>> }

export type HotRoutes = {
  match(method: string, path: string): Matched | null
  /** What a path takes here, whatever else takes it after the framework: for `Allow`. */
  methodsAt(path: string): string[]
}

type Pattern = { readonly route: Route; readonly names: readonly string[]; readonly form: RegExp }

const NO_PARAMS = Object.freeze({})

/**
 * Exact paths first, then those with `:name` segments, in the order given. Takes the routes that are not hot too: their
 * exact paths must not be taken for a name (`/application/o/authorize/` is no application).
 */
export const hotRoutes = (routes: readonly Route[]): HotRoutes => {
  const exact = new Map<string, Route>()
  const named = new Set<string>()
  const patterns: Pattern[] = []
  for (const route of routes) {
    if (route.path.includes(':')) {
      if (route.hot) patterns.push(patternOf(route))
    } else {
      exact.set(`${route.method} ${route.path}`, route)
      named.add(route.path)
    }
  }
  return {
    match: (asked, path) => {
      const method = asked === 'HEAD' ? 'GET' : asked
      const route = exact.get(`${method} ${path}`)
      if (route) return route.hot ? { route, params: NO_PARAMS } : null
      // Another method of an exact path: no application is called `token`.
      if (named.has(path)) return null
      for (const pattern of patterns) {
        if (pattern.route.method !== method) continue
        const found = pattern.form.exec(path)
        if (found) return { route: pattern.route, params: paramsOf(pattern.names, found) }
      }
      return null
    },
    methodsAt: (path) => {
      const hot = routes.filter((route) => route.hot)
      return methodsAt(named.has(path) ? hot.filter((route) => route.path === path) : hot, path)
    },
  }
}

// Names in addresses are slugs: what would need decoding names nothing of ours.
const SLUG = '([A-Za-z0-9_-]{1,63})'

const patternOf = (route: Route): Pattern => {
  const segments = route.path.split('/')
  const form = segments.map((segment) => (segment.startsWith(':') ? SLUG : RegExp.escape(segment))).join('/')
  const names = segments.filter((segment) => segment.startsWith(':')).map((segment) => segment.slice(1))
  return { route, names, form: new RegExp(`^${form}$`) }
}

const paramsOf = (names: readonly string[], found: RegExpExecArray): Record<string, string> => {
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) params[name] = found[index + 1] ?? ''
  return params
}
