/**
 * A request to sign out (OpenID Connect RP-Initiated Logout §2, §3): whether the session may end without asking, and
 * where the browser may go then. A link on any page can make a browser ask for this, so only a hint that belongs to the
 * very session ends it unasked.
 */
import type { Client } from '../client.ts'
import type { ParameterLimits, Parameters } from '../read-parameters.ts'
import type { IdTokenHint } from './read-id-token-hint.ts'

export const LOGOUT_PARAMETERS = {
  id_token_hint: 16_384,
  client_id: 255,
  post_logout_redirect_uri: 2048,
  state: 4096,
  logout_hint: 320,
  ui_locales: 512,
} as const satisfies ParameterLimits

export type LogoutContext = {
  /** The hint, once its signature was checked; null for none and for one that failed. */
  readonly hint: IdTokenHint | null
  /** A client of the application whose address was asked. */
  readonly client: (id: string) => Client | undefined
  /** Who a request is from that names nobody (compatibility); null: nobody. */
  readonly unnamed: Client | null
  /** How the client of the hint knows the session there is; null where nobody is signed in. */
  readonly session: { readonly subject: string; readonly sid: string } | null
}

export type Logout = {
  /** Nothing to end; end it now; ask first. */
  readonly session: 'none' | 'end' | 'ask'
  /** Where to go then, and whose address it is; null: stay here. */
  readonly redirect: {
    readonly clientId: string
    readonly uri: string
    readonly state: string | undefined
    /** The address with the state. */
    readonly location: string
  } | null
}

export const judgeLogout = (parameters: Parameters, context: LogoutContext): Logout => ({
  session: sessionOf(context),
  redirect: redirectOf(parameters, context),
})

const sessionOf = ({ hint, session }: LogoutContext): Logout['session'] => {
  if (!session) return 'none'
  const matches = hint !== null && hint.subject === session.subject && (hint.sid === null || hint.sid === session.sid)
  return matches ? 'end' : 'ask'
}

/** The address must be registered by the client that asks: by its hint, else by its id (RP-Initiated Logout §3). */
const redirectOf = (parameters: Parameters, { hint, client, unnamed }: LogoutContext): Logout['redirect'] => {
  const uri = parameters.get('post_logout_redirect_uri')
  const named = parameters.get('client_id')
  if (uri === undefined || (hint && named !== undefined && named !== hint.clientId)) return null
  const id = hint?.clientId ?? named
  const asking = id === undefined ? unnamed : client(id)
  if (!asking?.postLogoutRedirectUris.includes(uri)) return null
  const state = parameters.get('state')
  const location = state === undefined ? uri : `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
  return { clientId: asking.id, uri, state, location }
}
