/**
 * What an OAuth client was given. A grant is the family of everything issued from one authorization: its code, its
 * access tokens and its refresh tokens. Ending the grant ends them all.
 */
import type { GrantId, SessionId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'

export type Grant = {
  readonly id: GrantId
  /** Slug of the application and name of its provider. */
  readonly application: string
  readonly provider: string
  readonly clientId: string
  /** Null where the client acts for itself. */
  readonly userId: UserId | null
  readonly sessionId: SessionId | null
  readonly scopes: readonly string[]
  readonly createdAt: number
  /** The row may go once nothing issued from it can still be valid. */
  readonly expiresAt: number
  readonly endedAt: number | null
  /** What the kind keeps: `nonce`, `auth_time`, `amr`, the user's generation. */
  readonly data: JsonObject
}

/** An authorization code at rest: found by its keyed hash, spent once, kept until after expiry to notice reuse. */
export type AuthorizationCode = {
  readonly grantId: GrantId
  readonly clientId: string
  readonly expiresAt: number
  readonly usedAt: number | null
  /** Redirect URI, challenge, and the grant to be. */
  readonly data: JsonObject
}

export type RefreshToken = {
  readonly grantId: GrantId
  readonly issuedAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
}

export type Consent = {
  readonly userId: UserId
  readonly clientId: string
  readonly application: string
  readonly scopes: readonly string[]
  readonly grantedAt: number
  readonly expiresAt: number | null
}
