/** Addresses of this provider kind, built from the origin that was asked for and the configured web path (DESIGN §8). */
import type { WireRequest } from '../../../base/wire.ts'
import { issuerPath } from '../../../protocol/oidc/issuer.ts'
import type { ProviderPorts } from '../../contract/provider.ts'
import type { OidcProvider } from './oidc-provider.ts'

type Web = Pick<ProviderPorts, 'webPath'>

/** The web path without a slash at the end; empty for none. */
export const webPath = (ports: Web): string => (ports.webPath ?? '').replace(/\/$/, '')

/** What stands before every path of ours. */
export const baseOf = (ports: Web, request: Pick<WireRequest, 'origin'>): string => request.origin + webPath(ports)

export const issuerOf = (ports: Web, request: Pick<WireRequest, 'origin'>, provider: OidcProvider): string =>
  baseOf(ports, request) + issuerPath(provider.issuerMode, provider.application)

/** A path of ours with its parameters, as flows take it for `next`. */
export const ownPath = (path: string, parameters: Iterable<readonly [string, string]>): string => {
  const query = new URLSearchParams([...parameters].map(([name, value]): [string, string] => [name, value])).toString()
  return query === '' ? path : `${path}?${query}`
}
