/** Where an address of ours leads, for the pages of a flow on the way there: which application, and where it will end. */
import { isKnownAcr, reachesAcr } from '../../../protocol/oidc/acr.ts'
import type { AcrWish } from '../../../protocol/oidc/authorize/check-acr.ts'
import { AUTHORIZE_PARAMETERS } from '../../../protocol/oidc/authorize/request.ts'
import { PATHS } from '../../../protocol/oidc/issuer.ts'
import { LOGOUT_PARAMETERS } from '../../../protocol/oidc/logout/judge-logout.ts'
import { readParameters } from '../../../protocol/oidc/read-parameters.ts'
import { formActionOf } from '../../../protocol/oidc/redirect-uri.ts'
import type { ProviderSnapshot } from '../../contract/provider.ts'
import type { ConsentRequest, Destination } from '../../contract/stage.ts'
import { ownPath } from './addresses.ts'
import { asksAnew, judge } from './authorize-route.ts'
import { type FoundClient, findProvider } from './oidc-provider.ts'

const END_SESSION = /^\/application\/o\/([a-z0-9-]+)\/end-session\/$/

export const destination = (path: string, query: URLSearchParams, snapshot: ProviderSnapshot): Destination | null => {
  if (path === PATHS.authorize) return ofAuthorize(query, snapshot)
  const slug = END_SESSION.exec(path)?.[1]
  return slug === undefined ? null : ofEndSession(slug, query, snapshot)
}

const ofAuthorize = (query: URLSearchParams, snapshot: ProviderSnapshot): Destination | null => {
  const parameters = readParameters([query], AUTHORIZE_PARAMETERS)
  if (!parameters.ok) return null
  // Origin and response mode do not matter for what is asked here: nothing is answered.
  const judged = judge({}, { origin: '' }, snapshot, withoutMode(parameters.value))
  if (!judged.ok) return null
  const { ready, found } = judged.value
  const hint = ready.parameters.get('login_hint')
  const asked = parameters.value.get('gatehouse_asked')
  return {
    application: found.application.slug,
    applicationName: found.application.name,
    formAction: [formActionOf(ready.redirectUri)],
    ...(hint === undefined ? {} : { loginHint: hint }),
    ...(ready.uiLocales.length > 0 ? { uiLocales: ready.uiLocales } : {}),
    ...(asksAnew(ready) ? { reauthenticate: true } : {}),
    ...(demandsMfa(ready.acr) ? { demandsMfa: true } : {}),
    // What merely stands for a factor reaches no class.
    ...(ready.acr.values.some((acr) => !reachesAcr(acr, [])) ? { demandsProof: true } : {}),
    consent: {
      ...consentOf(found, ready.scopes, ready.redirectUri, ready.prompts.has('consent')),
      ...(asked === undefined ? {} : { refusedUrl: refusedUrl(parameters.value, asked) }),
    },
  }
}

/** What is essential is set up where there is none yet; a mere wish makes nobody set anything up. */
const demandsMfa = ({ values, essential }: AcrWish): boolean =>
  essential && values.every((acr) => isKnownAcr(acr) && !reachesAcr(acr, []))

const withoutMode = (parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...parameters].filter(([name]) => name !== 'response_mode'))

const consentOf = (
  { provider, client, application }: FoundClient,
  scopes: readonly string[],
  redirectUri: string,
  each: boolean,
): ConsentRequest => ({
  clientId: client.id,
  clientName: client.name ?? application.name,
  host: new URL(redirectUri).host || new URL(redirectUri).protocol,
  scopes: scopes.map((name) => ({ name, description: provider.scopes.get(name)?.description ?? name })),
  // Asked for by the request alone, a yes is for that request alone.
  validFor:
    provider.consent.mode === 'remember'
      ? provider.consent.validity
      : each || provider.consent.mode === 'always'
        ? 0
        : null,
})

/** The marker under the name that says no: the authorization endpoint takes it for this very request only. */
const refusedUrl = (parameters: ReadonlyMap<string, string>, asked: string): string => {
  const refused = new Map(parameters)
  refused.delete('gatehouse_asked')
  refused.set('gatehouse_refused', asked)
  return ownPath(PATHS.authorize, refused)
}

const ofEndSession = (slug: string, query: URLSearchParams, snapshot: ProviderSnapshot): Destination | null => {
  const found = findProvider(snapshot, slug)
  const parameters = readParameters([query], LOGOUT_PARAMETERS)
  if (!found || !parameters.ok) return null
  const uri = parameters.value.get('post_logout_redirect_uri')
  const client = found.provider.clients.get(parameters.value.get('client_id') ?? '')
  const registered = uri !== undefined && client?.postLogoutRedirectUris.includes(uri)
  return {
    application: found.application.slug,
    applicationName: found.application.name,
    formAction: registered ? [formActionOf(uri)] : [],
  }
}
