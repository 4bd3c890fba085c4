/** OpenID Connect and OAuth 2 (DESIGN §8): the provider kind `oidc`. */
import type { ProviderKind } from '../../contract/provider.ts'
import { compileProvider } from './compile-provider.ts'
import { clientsOf, OidcConfig } from './config.ts'
import { destination } from './destination.ts'
import { OIDC, type OidcProvider } from './oidc-provider.ts'
import { routes } from './routes.ts'

export const oidc = {
  id: OIDC,
  config: OidcConfig,
  version: 1,
  lookups: (config) => clientsOf(config).map(({ client }) => ({ kind: 'client_id', key: client.client_id })),
  // An application is one issuer (DESIGN §8): of two providers either could answer its discovery document.
  onlyOne: (first) =>
    `an application is one "oidc" issuer, and "${first}" is it already; put further clients under providers.${first}.clients`,
  compile: compileProvider,
  routes,
  destination,
} satisfies ProviderKind<OidcConfig, OidcProvider>
