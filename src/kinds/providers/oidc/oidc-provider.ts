/** What compiling the settings of an OpenID Connect provider gives, and how it is found again in a snapshot. */
import type { Json } from '../../../base/json.ts'
import type { Result } from '../../../base/result.ts'
import type { ConsentMode } from '../../../protocol/oidc/authorize/next-step.ts'
import type { Profile } from '../../../protocol/oidc/claims/builtin-scopes.ts'
import type { SubMode } from '../../../protocol/oidc/claims/subject.ts'
import type { Client } from '../../../protocol/oidc/client.ts'
import type { IssuerMode } from '../../../protocol/oidc/issuer.ts'
import type { CompiledApplication, CompiledProvider, ProviderSnapshot } from '../../contract/provider.ts'

export const OIDC = 'oidc'

/** What a claim is told from. The variables are those of `CLAIM_VARIABLES`, made when the first expression asks. */
export type ClaimContext = {
  readonly profile: Profile
  readonly variables: () => Readonly<Record<string, unknown>>
}

export type Claim = {
  readonly name: string
  /** An error is words for an administrator. */
  of(context: ClaimContext): Result<Json, string>
}

export type Scope = { readonly name: string; readonly description: string; readonly claims: readonly Claim[] }

export type OidcProvider = {
  readonly application: string
  /** By client id; the one at the top of the settings comes first. */
  readonly clients: ReadonlyMap<string, Client>
  /** The client at the top, where there is one. */
  readonly main: Client | null
  readonly issuerMode: IssuerMode
  readonly subMode: SubMode
  readonly signingKey: string
  /** Milliseconds. */
  readonly codeValidity: number
  readonly accessTokenValidity: number
  readonly refreshTokenValidity: number
  readonly includeClaims: boolean
  readonly scopes: ReadonlyMap<string, Scope>
  readonly consent: { readonly mode: ConsentMode; readonly validity: number | null }
  readonly invalidClient400: boolean
  readonly logoutByApplication: boolean
  /** Origins of the clients' redirect URIs, by client id. */
  readonly origins: ReadonlyMap<string, ReadonlySet<string>>
}

/** A provider of ours with where it stands. */
export type Found = {
  readonly provider: OidcProvider
  /** Its name in the application. */
  readonly name: string
  readonly application: CompiledApplication
}

export type FoundClient = Found & { readonly client: Client }

/** Only this kind compiles providers under its id, so what such a provider holds is of this type. */
const compiledOf = (one: CompiledProvider | undefined): OidcProvider | null =>
  one?.kind.id === OIDC ? (one.compiled as OidcProvider) : null

/** The client of an id, in whichever application. */
export const findClient = (snapshot: ProviderSnapshot, clientId: string): FoundClient | undefined => {
  const held = snapshot.lookup('client_id', clientId)
  const provider = compiledOf(held)
  const client = provider?.clients.get(clientId)
  const application = held && snapshot.applications.get(held.application)
  return provider && client && application ? { provider, name: held.name, application, client } : undefined
}

/** The provider whose issuer is the application's address. */
export const findProvider = (snapshot: ProviderSnapshot, slug: string): Found | undefined => {
  const application = snapshot.applications.get(slug)
  if (!application) return undefined
  for (const [name, held] of application.providers) {
    const provider = compiledOf(held)
    if (provider) return { provider, name, application }
  }
  return undefined
}

/** Every provider that shares the root's issuer. */
export const findGlobal = (snapshot: ProviderSnapshot): OidcProvider[] => {
  const all = [...snapshot.applications.values()].flatMap(({ providers }) => [...providers.values()].map(compiledOf))
  return all.filter((one): one is OidcProvider => one?.issuerMode === 'global')
}

const origins = new WeakMap<ProviderSnapshot, ReadonlySet<string>>()

/** The origins of every client, for preflights: they do not say which client will ask. */
export const allOrigins = (snapshot: ProviderSnapshot): ReadonlySet<string> => {
  const known = origins.get(snapshot)
  if (known) return known
  const made = new Set<string>()
  for (const { providers } of snapshot.applications.values()) {
    for (const held of providers.values()) {
      for (const set of compiledOf(held)?.origins.values() ?? []) for (const origin of set) made.add(origin)
    }
  }
  origins.set(snapshot, made)
  return made
}
