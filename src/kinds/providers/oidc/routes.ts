/** Every address that this kind answers (contracts §1.1), and who answers it. */
import type { WireRequest } from '../../../base/wire.ts'
import { GLOBAL_DISCOVERY_PATH, GLOBAL_JWKS_PATH, PATHS } from '../../../protocol/oidc/issuer.ts'
import type { ProviderPorts, Route } from '../../contract/provider.ts'
import { createAccessTokens } from './access-tokens.ts'
import { answerAuthorize } from './authorize-route.ts'
import { preflight } from './cors.ts'
import { answerEndSession } from './end-session-route.ts'
import { answerIntrospect } from './introspect-route.ts'
import { createMetadata } from './metadata-routes.ts'
import { allOrigins } from './oidc-provider.ts'
import { answerRevoke } from './revoke-route.ts'
import { answerToken } from './token-route.ts'
import { answerUserinfo } from './userinfo-route.ts'

// A form of 16 KiB whose every character is escaped.
const BODY_LIMIT = 48 * 1024

type Params = Readonly<Record<string, string>>
const slugOf = (params: Params): string => params.slug ?? ''

export const routes = (ports: ProviderPorts): Route[] => {
  const tokens = createAccessTokens(ports)
  const metadata = createMetadata(ports)
  const authorize = (request: WireRequest) => answerAuthorize(ports, request)
  const endSession = (request: WireRequest, params: Params) => answerEndSession(ports, request, slugOf(params))
  const userinfo = (request: WireRequest) => answerUserinfo(ports, tokens, request)
  const discovery = (request: WireRequest, params: Params) => metadata.discovery(request, slugOf(params))
  const options = async (request: WireRequest) => preflight(request, allOrigins(await ports.snapshot()))

  const post = (path: string, handle: Route['handle']): Route[] => [
    { method: 'POST', path, hot: true, bodyLimit: BODY_LIMIT, handle },
  ]
  const get = (path: string, handle: Route['handle']): Route[] => [{ method: 'GET', path, hot: true, handle }]
  const scripts = (path: string): Route[] => [{ method: 'OPTIONS', path, hot: true, handle: options }]
  const page = (path: string, handle: Route['handle']): Route[] => [
    { method: 'GET', path, handle },
    { method: 'POST', path, bodyLimit: BODY_LIMIT, handle },
  ]

  const application = '/application/o/:slug/'
  const openid = `${application}.well-known/openid-configuration`
  const oauth = '/.well-known/oauth-authorization-server'
  return [
    ...page(PATHS.authorize, authorize),
    ...post(PATHS.token, (request) => answerToken(ports, request)),
    ...scripts(PATHS.token),
    ...get(PATHS.userinfo, userinfo),
    ...post(PATHS.userinfo, userinfo),
    ...scripts(PATHS.userinfo),
    ...post(PATHS.introspect, (request) => answerIntrospect(ports, tokens, request)),
    ...post(PATHS.revoke, (request) => answerRevoke(ports, tokens, request)),
    ...scripts(PATHS.revoke),
    ...page(`${application}end-session/`, endSession),
    ...get(openid, discovery),
    ...scripts(openid),
    // RFC 8414 §3.1 takes the issuer's last slash off before it builds the address; authentik leaves it on.
    ...get(`${oauth}${application}`, discovery),
    ...get(`${oauth}${application.slice(0, -1)}`, discovery),
    ...get(`${application}jwks/`, (request, params) => metadata.keys(request, slugOf(params))),
    ...get(application, (request, params) => metadata.issuer(request, slugOf(params))),
    ...get(GLOBAL_DISCOVERY_PATH, (request) => metadata.globalDiscovery(request)),
    ...get(oauth, (request) => metadata.globalDiscovery(request)),
    ...get(GLOBAL_JWKS_PATH, (request) => metadata.globalKeys(request)),
  ]
}
