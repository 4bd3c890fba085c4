/** Users, addresses, groups and what people prove themselves with. */
import type { CredentialId, EmailId, GroupId, InvitationId, TokenId, UserId } from '../../base/ids.ts'
import type { Email, Held, User } from '../../domain/users/user.ts'
import type { JsonText } from '../dialect/json-text.ts'
import type { Token } from '../store.ts'
import type { Flag, JsonColumn } from './column-types.ts'

export type PeopleTables = {
  users: {
    id: UserId
    number: number
    username: string
    /** `usernameKey`: unique, and what is looked up. */
    username_key: string
    name: string
    kind: User['kind']
    active: Flag
    attributes: JsonColumn
    organisation: string
    locale: string | null
    generation: number
    managed_by: string | null
    /** Folded name and user name: found in by searches, and sorted by. */
    search: string
    created_at: number
    updated_at: number
    last_login_at: number | null
    password_changed_at: number | null
    held: Held['why'] | null
    held_at: number | null
    released_at: number | null
    /** Since when; null where nobody asked for another password. */
    must_change_password: number | null
  }
  invitations: {
    id: InvitationId
    token_hash: string
    flow: string
    data: JsonColumn
    uses: number
    used: number
    inviter: UserId | null
    organisation: string
    created_at: number
    expires_at: number
  }
  agreed_terms: { user_id: UserId; terms: string; version: number; agreed_at: number }
  emails: {
    id: EmailId
    user_id: UserId
    address: string
    address_key: string
    is_primary: Flag
    verified_at: number | null
    verified_by: Email['verifiedBy']
  }
  subjects: { user_id: UserId; scope: string; value: string }
  groups: {
    id: GroupId
    slug: string
    name: string
    parents: JsonText<readonly GroupId[]>
    roles: JsonText<readonly string[]>
    attributes: JsonColumn
    organisation: string
    managed_by: string | null
    search: string
    created_at: number
    updated_at: number
  }
  memberships: { user_id: UserId; group_id: GroupId; until: number | null }
  credentials: {
    id: CredentialId
    user_id: UserId
    kind: string
    name: string
    data: JsonColumn
    created_at: number
    last_used_at: number | null
    lookup: string | null
  }
  former_passwords: { id: CredentialId; user_id: UserId; hash: string; replaced_at: number }
  declined: { user_id: UserId; offer: string; until: number | null }
  tokens: {
    id: TokenId
    key_hash: string
    user_id: UserId
    kind: Token['kind']
    name: string
    permissions: JsonText<readonly string[]> | null
    search: string
    created_at: number
    expires_at: number | null
    last_used_at: number | null
  }
}
