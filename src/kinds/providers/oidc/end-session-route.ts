/**
 * RP-initiated logout (OpenID Connect RP-Initiated Logout §2): ends the session where the application shows that it
 * knows it, asks the person where it does not, and goes on to where that client may send people.
 */
import { redirect, type WireRequest, type WireResponse } from '../../../base/wire.ts'
import { applicationPath } from '../../../protocol/oidc/issuer.ts'
import { judgeLogout, LOGOUT_PARAMETERS, type Logout } from '../../../protocol/oidc/logout/judge-logout.ts'
import { readIdTokenHint } from '../../../protocol/oidc/logout/read-id-token-hint.ts'
import { type Parameters, readParameters } from '../../../protocol/oidc/read-parameters.ts'
import type { ProviderPorts, ProviderSnapshot, SignedIn } from '../../contract/provider.ts'
import { sidOf, subjectOf } from './about-person.ts'
import { keysOf } from './access-tokens.ts'
import { ownPath, webPath } from './addresses.ts'
import { ERROR_TEXTS, technicalText } from './error-texts.ts'
import { type Found, findProvider } from './oidc-provider.ts'

const HOME = '/if/user/'

const endSessionPath = (slug: string): string => `${applicationPath(slug)}end-session/`

export const answerEndSession = async (
  ports: ProviderPorts,
  request: WireRequest,
  slug: string,
): Promise<WireResponse> => {
  const parameters = readParameters(request.form ? [request.query, request.form] : [request.query], LOGOUT_PARAMETERS)
  if (!parameters.ok) {
    return ports.errorPage(request, {
      status: 400,
      text: ERROR_TEXTS[parameters.error.code],
      technical: technicalText(parameters.error),
    })
  }
  // As at the authorization endpoint: only our own GET has the session's cookie for sure.
  if (request.method === 'POST') return redirect(webPath(ports) + ownPath(endSessionPath(slug), parameters.value), 303)
  const snapshot = await ports.snapshot()
  const found = findProvider(snapshot, slug)
  if (!found) return ports.errorPage(request, { status: 404, text: ERROR_TEXTS.application_unknown })
  const signedIn = await ports.signedIn(request)
  const logout = await judge(ports, request, snapshot, found, signedIn, parameters.value)
  if (logout.session === 'ask') {
    const next = logout.redirect ? comeBack(slug, logout.redirect) : HOME
    return redirect(ports.flowUrl(request, 'sign_out', slug, next))
  }
  if (logout.session === 'end' && signedIn) await ports.endSession(request, signedIn.session)
  return redirect(logout.redirect?.location ?? ports.flowUrl(request, 'sign_out', slug, HOME))
}

const judge = async (
  ports: ProviderPorts,
  request: WireRequest,
  snapshot: ProviderSnapshot,
  found: Found,
  signedIn: SignedIn | null,
  parameters: Parameters,
): Promise<Logout> => {
  const { provider } = found
  const text = parameters.get('id_token_hint')
  const read = text === undefined ? null : readIdTokenHint(text, keysOf(ports, snapshot), request.now)
  // A hint of another application's client proves nothing here.
  const hint = read?.ok && provider.clients.has(read.value.clientId) ? read.value : null
  const subject = signedIn && hint ? await subjectOf(ports, signedIn.person, found) : ''
  return judgeLogout(parameters, {
    hint,
    client: (id) => provider.clients.get(id),
    unnamed: provider.logoutByApplication ? provider.main : null,
    session: signedIn ? { subject, sid: sidOf(signedIn.session.id) } : null,
  })
}

/** Here again once the session has ended, without the hint: what it proved is named by the client's id now. */
const comeBack = (slug: string, { clientId, uri, state }: NonNullable<Logout['redirect']>): string =>
  ownPath(endSessionPath(slug), [
    ['client_id', clientId],
    ['post_logout_redirect_uri', uri],
    ...(state === undefined ? [] : [['state', state] as const]),
  ])
