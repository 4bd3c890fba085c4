/** Issuers and the addresses under them, as authentik's clients know them (contracts §1.1, §1.2). */

export type IssuerMode = 'per_provider' | 'global'

export const PATHS = {
  authorize: '/application/o/authorize/',
  token: '/application/o/token/',
  userinfo: '/application/o/userinfo/',
  introspect: '/application/o/introspect/',
  revoke: '/application/o/revoke/',
} as const

/** The root's key set, for providers that share the root's issuer. */
export const GLOBAL_JWKS_PATH = '/.well-known/jwks.json'
export const GLOBAL_DISCOVERY_PATH = '/.well-known/openid-configuration'

export const applicationPath = (slug: string): string => `/application/o/${slug}/`

/** The path in which the issuer ends, after origin and web path. */
export const issuerPath = (mode: IssuerMode, slug: string): string => (mode === 'global' ? '/' : applicationPath(slug))
