/** The addresses this house answers to, as they stand now: the public URL, the brands' domains, who may forward. */
import type { TrustedProxies } from './trusted-proxies.ts'

export type Site = {
  /** Origins by host as a Host header spells it (`auth.example.com`, `localhost:9000`). */
  readonly origins: ReadonlyMap<string, string>
  /** No public URL is known yet: set-up may be reached under any name, and loopback names are served. */
  readonly unproven: boolean
  readonly setupOpen: boolean
  /** `/` or `/auth/`. */
  readonly webPath: string
  readonly proxies: TrustedProxies
  readonly allowHttp: boolean
  /** Where plain HTTP is sent; null where there is no TLS listener. */
  readonly httpsPort: number | null
}

/** `https://a.example:443` and `a.example` are one host: the default port of the scheme is left out. */
const hostOf = (origin: string): string => new URL(origin).host

export const originMap = (origins: readonly string[]): ReadonlyMap<string, string> =>
  new Map(origins.map((origin) => [hostOf(origin), new URL(origin).origin]))
