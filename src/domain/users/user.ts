/** A person, or a service account acting for a machine; what the rules about names and states are. */
import type { EmailId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'

export const USER_KINDS = ['internal', 'external', 'service_account'] as const
export type UserKind = (typeof USER_KINDS)[number]

/**
 * Why somebody is switched off until somebody else says otherwise: they said that a sign-in was not theirs, or they made
 * an account that waits for a yes. Nothing but releasing them lets them in: no recovery (G11), no configuration file.
 */
export type Held = { readonly why: 'locked' | 'approval'; readonly since: number }

export type User = {
  readonly id: UserId
  /** Unique integer; authentik's `hashed_user_id` and LDAP's `uidNumber` come from it, so an import may set it. */
  readonly number: number
  readonly username: string
  readonly name: string
  readonly kind: UserKind
  readonly active: boolean
  readonly attributes: JsonObject
  readonly organisation: string
  readonly locale: string | null
  /** Raised by everything that ends what the person holds; caches key on it. */
  readonly generation: number
  /** The file that manages this person (`GATEHOUSE_CONFIG`), or null. */
  readonly managedBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
  readonly lastLoginAt: number | null
  readonly passwordChangedAt: number | null
  /** Left out, nobody holds them. Whoever is held is never active. */
  readonly held?: Held
  /** When they were last let go of: what asked to hold them before is void. */
  readonly releasedAt?: number
  /** Since when an administrator wants another password before this one signs them in again. Left out, nobody does. */
  readonly mustChangePassword?: number
}

/** An address, and whether, when and how it was shown to be the person's. */
export type Email = {
  readonly id: EmailId
  readonly userId: UserId
  readonly address: string
  readonly primary: boolean
  readonly verifiedAt: number | null
  readonly verifiedBy: 'link' | 'administrator' | 'source' | 'setup' | null
}

/**
 * The key under which a user name is unique and looked up: `Alice`, ` alice` and full-width letters are one person
 * (C07). Letters that only look alike stay different people (G06).
 */
export const usernameKey = (username: string): string => username.normalize('NFKC').trim().toLowerCase()

/** The key of an address: case folded for ASCII only, since Unicode folding joins different mailboxes (G06). */
export const emailKey = (address: string): string => address.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** One `@`, no quotes, spaces or control characters: what a domain rule can be trusted to read (A66). */
export const isEmailAddress = (address: string): boolean =>
  address.length <= 254 &&
  /^[^\s@"(),:;<>[\]\\\p{Cc}]{1,64}@[^\s@"(),:;<>[\]\\\p{Cc}]+$/u.test(address) &&
  isDomain(address)

const isDomain = (address: string): boolean => {
  const labels = address.slice(address.indexOf('@') + 1).split('.')
  return labels.every((label) => /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))
}
