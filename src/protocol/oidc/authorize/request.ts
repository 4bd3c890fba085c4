/**
 * What is known of an authorization request, by how far it was checked. Only a `RedirectSafe` can be answered by a
 * redirect, and only `checkRedirectUri` makes one: an error before it stays on our own page (RFC 9700 §4.11).
 */
import type { Client } from '../client.ts'
import type { LocalError, OAuthError } from '../errors.ts'
import type { ParameterLimits, Parameters } from '../read-parameters.ts'

/** The parameters known, and the most characters of each. `gatehouse_` ones are our own markers in our own addresses. */
export const AUTHORIZE_PARAMETERS = {
  client_id: 255,
  redirect_uri: 2048,
  response_type: 128,
  response_mode: 32,
  scope: 4096,
  state: 4096,
  nonce: 1024,
  prompt: 64,
  max_age: 16,
  acr_values: 1024,
  claims: 4096,
  code_challenge: 256,
  code_challenge_method: 32,
  login_hint: 320,
  ui_locales: 512,
  id_token_hint: 8192,
  request: 16_384,
  request_uri: 2048,
  registration: 4096,
  gatehouse_asked: 2048,
  gatehouse_refused: 2048,
} as const satisfies ParameterLimits

export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** What the checks may ask for. */
export type AuthorizeContext = {
  readonly client: (id: string) => Client | undefined
  /** The issuer of a client's provider, as its discovery document spells it. */
  readonly issuer: (client: Client) => string
  /** Whether a page can post the answer by itself. */
  readonly formPost: boolean
}

/** A client is known; where to answer is not. */
export type WithClient = { readonly client: Client; readonly parameters: Parameters }

declare const proven: unique symbol
/** The client registered the address: answers and errors may go there. */
export type RedirectSafe = WithClient & {
  readonly redirectUri: string
  readonly issuer: string
  readonly state: string | undefined
  readonly responseMode: ResponseMode
  readonly [proven]: true
}

/** One check of a request that can be answered by redirect. */
export type Refusal =
  | { readonly where: 'here'; readonly error: LocalError; readonly client: Client | null }
  | { readonly where: 'redirect'; readonly error: OAuthError; readonly safe: RedirectSafe }
