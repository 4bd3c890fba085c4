/**
 * How a row of authentik's tables (contracts §7.3) becomes a credential. Each kind says it beside what it keeps, so that
 * one does not change without the other. What cannot be taken over stays behind with its reason.
 */
import type { CredentialId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { AuthenticatorVault } from './authenticator.ts'

export type AuthentikRow<Data> = {
  /** The table that has a row for each authenticator. */
  readonly table: string
  /** The table whose rows belong to one of them, and the member that names its `id`. */
  readonly parts?: { readonly table: string; readonly of: string }
  read(row: JsonObject, about: AuthentikAbout): { readonly data: Data } | { readonly left: string }
}

export type AuthentikAbout = {
  readonly parts: readonly JsonObject[]
  /** The id that the credential will have. */
  readonly credential: CredentialId
  readonly vault: AuthenticatorVault
  /** `sub` of the person there by the mode `hashed_user_id`: what its passkeys call them by. */
  readonly hashedUserId: string
}
