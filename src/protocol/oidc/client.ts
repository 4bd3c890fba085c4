/** A client as the engine sees it: the metadata of RFC 7591 §2, checked and compiled. */
import type { Secret } from '../../base/secret.ts'

export const CLIENT_AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'none'] as const
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number]

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', 'password'] as const
export type GrantType = (typeof GRANT_TYPES)[number]

export const RESPONSE_TYPES = ['code'] as const
export type ResponseType = (typeof RESPONSE_TYPES)[number]

/** One registered address, or a pattern that an administrator asked for. */
export type RedirectRule =
  | { readonly exact: string }
  | { readonly pattern: string; readonly matches: (uri: string) => boolean }

export type Client = {
  readonly id: string
  /** What people are shown; null: the application's name. */
  readonly name: string | null
  /** Null for public clients. */
  readonly secret: Secret | null
  /** The ways in which it may authenticate; `none` alone makes it public. */
  readonly authMethods: readonly ClientAuthMethod[]
  readonly redirectRules: readonly RedirectRule[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grantTypes: readonly GrantType[]
  readonly responseTypes: readonly ResponseType[]
  /** A native app: the port of a loopback address is free (RFC 8252 §7.3). */
  readonly native: boolean
  readonly requirePkce: boolean
  /** Takes the challenge method `plain` too (compatibility). */
  readonly plainPkce: boolean
  /** Takes a request without `scope` as one for every scope there is (compatibility). */
  readonly emptyScopeIsAll: boolean
  /** Takes a service account's app password without the client's own secret (compatibility). */
  readonly appPasswordAlone: boolean
  /** The scopes it may ask for. */
  readonly scopes: readonly string[]
}

export const isPublic = (client: Client): boolean => client.authMethods.every((method) => method === 'none')
