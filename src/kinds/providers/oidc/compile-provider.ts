/** Settings into what serves requests. Whatever cannot work is an issue with its path, told where it was written. */
import { MINUTE, SECOND } from '../../../base/clock.ts'
import { parseDuration } from '../../../base/duration.ts'
import { err, ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import type { Client } from '../../../protocol/oidc/client.ts'
import { registeredOrigins } from '../../../protocol/oidc/redirect-uri.ts'
import type { ProviderCompileContext } from '../../contract/provider.ts'
import { compileScopes } from './compile-claims.ts'
import { compileClient } from './compile-client.ts'
import { clientsOf, type OidcConfig } from './config.ts'
import type { OidcProvider } from './oidc-provider.ts'

export const compileProvider = (config: OidcConfig, context: ProviderCompileContext): Result<OidcProvider, Issue[]> => {
  const issues: Issue[] = []
  const scopes = compileScopes(config, context.expression)
  if (!scopes.ok) issues.push(...scopes.error)
  const clients = new Map<string, Client>()
  const names = scopes.ok ? [...scopes.value.keys()] : []
  const around = { compatibility: config.compatibility, scopes: names, secret: context.secret }
  for (const { path, client } of clientsOf(config)) {
    const compiled = compileClient(client, path, around)
    if (!compiled.ok) issues.push(...compiled.error)
    else if (clients.has(client.client_id)) issues.push({ path: `${path}client_id`, message: 'is there twice' })
    else clients.set(client.client_id, compiled.value)
  }
  issues.push(...topIssues(config, context))
  if (!scopes.ok || issues.length > 0) return err(issues)
  return ok({
    application: context.application,
    clients,
    main: (config.client_id === undefined ? undefined : clients.get(config.client_id)) ?? null,
    issuerMode: config.issuer_mode,
    subMode: config.sub_mode,
    signingKey: config.signing_key,
    codeValidity: milliseconds(config.access_code_validity),
    accessTokenValidity: milliseconds(config.access_token_validity),
    refreshTokenValidity: milliseconds(config.refresh_token_validity),
    includeClaims: config.include_claims_in_id_token,
    scopes: scopes.value,
    consent: {
      mode: config.consent.mode,
      validity: config.consent.validity === undefined ? null : milliseconds(config.consent.validity),
    },
    invalidClient400: config.compatibility.invalid_client_400,
    logoutByApplication: config.compatibility.logout_by_application,
    origins: new Map([...clients].map(([id, client]) => [id, new Set(registeredOrigins(client.redirectRules))])),
  })
}

const topIssues = (config: OidcConfig, context: ProviderCompileContext): Issue[] => {
  const issues: Issue[] = []
  if (clientsOf(config).length === 0) issues.push({ path: 'client_id', message: 'is required' })
  if (!context.hasKeypair(config.signing_key)) {
    issues.push({ path: 'signing_key', message: `there is no key pair "${config.signing_key}"` })
  }
  if (config.client_id === undefined && config.redirect_uris.length > 0) {
    issues.push({ path: 'redirect_uris', message: 'belongs to a client: give a client_id beside it' })
  }
  if (config.client_id === undefined && config.client_secret) {
    issues.push({ path: 'client_secret', message: 'belongs to a client: give a client_id beside it' })
  }
  for (const name of ['access_code_validity', 'access_token_validity', 'refresh_token_validity'] as const) {
    if (milliseconds(config[name]) < SECOND) issues.push({ path: name, message: 'must be a second at least' })
  }
  // RFC 6749 §4.1.2: a code lives ten minutes at most.
  if (milliseconds(config.access_code_validity) > 10 * MINUTE) {
    issues.push({ path: 'access_code_validity', message: 'must be ten minutes at most' })
  }
  return issues
}

/** The schema let only durations through. */
const milliseconds = (text: string): number => {
  const value = parseDuration(text)
  if (value === null) throw new Error(`not a duration: ${text}`)
  return value
}
