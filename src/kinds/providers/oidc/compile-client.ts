/** A client's settings, checked: what RFC 7591 §2 leaves open is decided here, and what cannot work is told here. */
import { linearPattern } from '../../../base/linear-pattern.ts'
import { err, ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import type { Client, ClientAuthMethod, RedirectRule } from '../../../protocol/oidc/client.ts'
import { type RedirectUriFault, redirectUriFault } from '../../../protocol/oidc/redirect-uri.ts'
import type { ProviderCompileContext } from '../../contract/provider.ts'
import type { ClientConfig, OidcConfig } from './config.ts'

type Surroundings = {
  readonly compatibility: OidcConfig['compatibility']
  readonly scopes: readonly string[]
  readonly secret: ProviderCompileContext['secret']
}

export const compileClient = (config: ClientConfig, path: string, around: Surroundings): Result<Client, Issue[]> => {
  const issues: Issue[] = []
  const issue = (at: string, message: string) => issues.push({ path: `${path}${at}`, message })
  const methods = authMethods(config)
  const secret = methods.includes('none') ? null : secretOf(config, around, issue)
  if (methods.includes('none') && config.client_secret) {
    issue('client_secret', 'a public client (token_endpoint_auth_method: none) has no secret')
  }
  const client: Client = {
    id: config.client_id,
    name: config.client_name ?? null,
    secret,
    authMethods: methods,
    redirectRules: redirectRules(config, issue),
    postLogoutRedirectUris: postLogoutUris(config, issue),
    grantTypes: config.grant_types,
    responseTypes: config.response_types,
    native: config.application_type === 'native',
    requirePkce: config.require_pkce ?? methods.includes('none'),
    plainPkce: around.compatibility.pkce_plain,
    emptyScopeIsAll: around.compatibility.empty_scope_is_all,
    appPasswordAlone: around.compatibility.app_password_alone,
    scopes: around.scopes,
  }
  return issues.length > 0 ? err(issues) : ok(client)
}

type Tell = (at: string, message: string) => void

const authMethods = ({ token_endpoint_auth_method: method }: ClientConfig): readonly ClientAuthMethod[] =>
  method === undefined ? ['client_secret_basic', 'client_secret_post'] : [method]

const secretOf = ({ client_secret: reference }: ClientConfig, { secret }: Surroundings, tell: Tell) => {
  if (!reference) {
    tell('client_secret', 'is required; for a public client say token_endpoint_auth_method: none')
    return null
  }
  const held = 'secret' in reference ? secret(reference) : undefined
  if (!held) tell('client_secret', 'this secret is not stored')
  return held ?? null
}

const FAULTS: Readonly<Record<RedirectUriFault, string>> = {
  malformed: 'is no absolute address',
  fragment: 'must not have a fragment (#)',
  user_info: 'must not have a user name',
  scheme: 'has a scheme that is never redirected to',
}

const redirectRules = (config: ClientConfig, tell: Tell): RedirectRule[] =>
  config.redirect_uris.flatMap((uri, index) => {
    const at = `redirect_uris[${index}]`
    const rule = typeof uri === 'string' ? exactRule(uri) : patternRule(uri.regex)
    if (rule.ok) return [rule.value]
    tell(at, rule.error)
    return []
  })

const exactRule = (uri: string): Result<RedirectRule, string> => {
  const fault = faultOf(uri)
  return fault ? err(fault) : ok({ exact: uri })
}

const faultOf = (uri: string): string | null => {
  const fault = redirectUriFault(uri)
  if (fault) return FAULTS[fault]
  // Taken literally it would match nothing, and somebody would think that it does.
  return uri.includes('*') ? 'a star is not a pattern here; write { regex: … } for one' : null
}

/** Linear in the length of the address, whatever the pattern (M04); always about the whole of it. */
const patternRule = (source: string): Result<RedirectRule, string> => {
  try {
    const pattern = linearPattern(source)
    return ok({ pattern: source, matches: (uri) => pattern.matches(uri) })
  } catch {
    return err('is no pattern that RE2 knows')
  }
}

const postLogoutUris = (config: ClientConfig, tell: Tell): readonly string[] => {
  for (const [index, uri] of config.post_logout_redirect_uris.entries()) {
    const fault = faultOf(uri)
    if (fault) tell(`post_logout_redirect_uris[${index}]`, fault)
  }
  return config.post_logout_redirect_uris
}
