/**
 * Discovery documents and key sets (OpenID Connect Discovery §4, RFC 8414 §3, RFC 7517). The bodies are made once per
 * revision of the configuration and address, and then are strings.
 */
import { redirect, type WireRequest, type WireResponse } from '../../../base/wire.ts'
import { challengeMethods } from '../../../protocol/oidc/authorize/check-pkce.ts'
import { responseModes } from '../../../protocol/oidc/authorize/check-response-mode.ts'
import { type Discovery, discoveryDocument } from '../../../protocol/oidc/discovery.ts'
import { applicationPath, GLOBAL_JWKS_PATH, issuerPath } from '../../../protocol/oidc/issuer.ts'
import { jwks } from '../../../protocol/oidc/jwks.ts'
import type { ProviderPorts, PublicKey } from '../../contract/provider.ts'
import { baseOf, webPath } from './addresses.ts'
import { claimNames } from './compile-claims.ts'
import { corsHeaders, withHeaders } from './cors.ts'
import { findGlobal, findProvider, type OidcProvider } from './oidc-provider.ts'

export type Metadata = {
  discovery(request: WireRequest, slug: string): Promise<WireResponse>
  globalDiscovery(request: WireRequest): Promise<WireResponse>
  keys(request: WireRequest, slug: string): Promise<WireResponse>
  globalKeys(request: WireRequest): Promise<WireResponse>
  /** The issuer's own address leads to its discovery document. */
  issuer(request: WireRequest, slug: string): Promise<WireResponse>
}

// As many as applications times addresses can be; above it, somebody makes addresses up.
const MOST_BODIES = 10_000

export const createMetadata = (ports: ProviderPorts): Metadata => {
  let revision = Number.NaN
  const bodies = new Map<string, string>()
  const body = (at: number, key: string, make: () => unknown): string => {
    if (at !== revision || bodies.size > MOST_BODIES) bodies.clear()
    revision = at
    const known = bodies.get(key)
    if (known !== undefined) return known
    const made = JSON.stringify(make())
    bodies.set(key, made)
    return made
  }

  const answerDiscovery = (
    request: WireRequest,
    at: number,
    key: string,
    of: () => Discovery,
    providers: readonly OidcProvider[],
  ) => {
    const algorithms = algorithmsOf(ports, providers)
    const text = body(at, `${key} ${baseOf(ports, request)} ${algorithms}`, () => discoveryDocument(of()))
    const origins = () => new Set(providers.flatMap((one) => [...one.origins.values()].flatMap((set) => [...set])))
    return withHeaders(
      document(text),
      corsHeaders(request, request.headers.origin === undefined ? undefined : origins()),
    )
  }

  // A rotation changes the keys and not the configuration, so they are part of the name.
  const answerKeys = (at: number, keys: readonly PublicKey[]): WireResponse =>
    withHeaders(document(body(at, `keys ${keys.map((key) => key.kid)}`, () => jwks(keys))), {
      'access-control-allow-origin': '*',
    })

  return {
    discovery: async (request, slug) => {
      const snapshot = await ports.snapshot()
      const provider = findProvider(snapshot, slug)?.provider
      if (!provider) return nothing
      const of = () => ({
        ...shared(ports, request, [provider]),
        issuerPath: issuerPath(provider.issuerMode, slug),
        jwksPath: `${applicationPath(slug)}jwks/`,
        endSessionPath: `${applicationPath(slug)}end-session/`,
      })
      return answerDiscovery(request, snapshot.revision, `discovery ${slug}`, of, [provider])
    },
    globalDiscovery: async (request) => {
      const snapshot = await ports.snapshot()
      const providers = findGlobal(snapshot)
      if (providers.length === 0) return nothing
      const of = () => ({
        ...shared(ports, request, providers),
        issuerPath: '/',
        jwksPath: GLOBAL_JWKS_PATH,
        endSessionPath: null,
      })
      return answerDiscovery(request, snapshot.revision, 'global', of, providers)
    },
    keys: async (_request, slug) => {
      const snapshot = await ports.snapshot()
      const provider = findProvider(snapshot, slug)?.provider
      return provider ? answerKeys(snapshot.revision, ports.keys.published(provider.signingKey)) : nothing
    },
    globalKeys: async () => {
      const snapshot = await ports.snapshot()
      const pairs = new Set(findGlobal(snapshot).map((one) => one.signingKey))
      if (pairs.size === 0) return nothing
      return answerKeys(
        snapshot.revision,
        [...pairs].flatMap((pair) => ports.keys.published(pair)),
      )
    },
    issuer: async (_request, slug) => {
      const found = findProvider(await ports.snapshot(), slug)
      return found ? redirect(`${webPath(ports)}${applicationPath(slug)}.well-known/openid-configuration`) : nothing
    },
  }
}

const shared = (ports: ProviderPorts, request: WireRequest, providers: readonly OidcProvider[]) => {
  const clients = providers.flatMap((provider) => [...provider.clients.values()])
  return {
    base: baseOf(ports, request),
    clients,
    algorithms: algorithmsOf(ports, providers),
    scopes: providers.flatMap((provider) => [...provider.scopes.keys()]),
    claims: providers.flatMap((provider) => claimNames(provider.scopes)),
    responseModes: responseModes(ports.formPost !== undefined),
    challengeMethods: [...new Set(clients.flatMap(challengeMethods))],
  }
}

const algorithmsOf = (ports: ProviderPorts, providers: readonly OidcProvider[]): readonly string[] => {
  const signers = providers.map((provider) => ports.keys.signer(provider.signingKey)?.algorithm)
  return [...new Set(signers)].filter((algorithm) => algorithm !== undefined)
}

const document = (body: string): WireResponse => ({
  status: 200,
  // Minutes: long enough to be asked for seldom, short enough for a change to arrive.
  headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' },
  body,
})

const nothing: WireResponse = {
  status: 404,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: '{"error":"not_found"}',
}
