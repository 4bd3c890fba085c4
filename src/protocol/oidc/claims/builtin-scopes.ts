/** The scopes that every provider has, with authentik's claims (OpenID Connect Core §5.4). */
import type { Json } from '../../../base/json.ts'

/** A person as the built-in scopes tell of them. */
export type Profile = {
  readonly username: string
  readonly name: string
  readonly email: string | null
  readonly emailVerified: boolean
  /** The names of the groups joined directly. */
  readonly groups: readonly string[]
}

export type BuiltinClaim = (of: Profile) => Json

export type BuiltinScope = {
  /** What the consent page says; empty where it goes without saying. */
  readonly description: string
  readonly claims: Readonly<Record<string, BuiltinClaim>>
}

const groups: BuiltinClaim = (of) => of.groups

// Applications have no entitlements yet, so a person has none at any of them.
const none: BuiltinClaim = () => []

export const BUILTIN_SCOPES: Readonly<Record<string, BuiltinScope>> = {
  openid: { description: '', claims: {} },
  email: {
    description: 'Email address',
    claims: {
      email: (of) => of.email,
      // Nothing to say about an address that is not there.
      email_verified: (of) => (of.email === null ? null : of.emailVerified),
    },
  },
  profile: {
    description: 'General Profile Information',
    claims: {
      name: (of) => of.name,
      given_name: (of) => of.name,
      preferred_username: (of) => of.username,
      nickname: (of) => of.username,
      groups,
    },
  },
  groups: { description: 'Group memberships', claims: { groups } },
  entitlements: { description: 'Application entitlements', claims: { entitlements: none, roles: none } },
  offline_access: { description: 'Access to request new tokens without interaction', claims: {} },
}
