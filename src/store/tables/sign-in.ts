/** Sessions, attempts, and what OAuth clients were given. */
import type { AttemptId, GrantId, SessionId, UserId } from '../../base/ids.ts'
import type { Proof } from '../../domain/sessions/session.ts'
import type { JsonText } from '../dialect/json-text.ts'
import type { Flag, JsonColumn } from './column-types.ts'

export type SignInTables = {
  sessions: {
    id: SessionId
    token_hash: string
    user_id: UserId
    generation: number
    created_at: number
    last_seen_at: number
    auth_time: number
    proofs: JsonText<readonly Proof[]>
    idle_ends_at: number
    ends_at: number
    persistent: Flag
    ip: string
    user_agent: string
    device_since: number | null
    organisation: string
    ended_at: number | null
    /** The first of the three ends: what a purge goes by. */
    over_at: number
  }
  attempts: {
    id: AttemptId
    flow: string
    revision: number
    node: string
    facts: JsonColumn
    browser: string
    expires_at: number
    step: number
  }
  grants: {
    id: GrantId
    application: string
    provider: string
    client_id: string
    user_id: UserId | null
    session_id: SessionId | null
    scopes: JsonText<readonly string[]>
    /** Whether the scopes hold `offline_access`: such a grant outlives its session. */
    offline: Flag
    created_at: number
    expires_at: number
    ended_at: number | null
    end_reason: string | null
    data: JsonColumn
  }
  /** A code names the grant to be, which stands only once the code was redeemed. */
  codes: {
    code_hash: string
    grant_id: GrantId
    client_id: string
    expires_at: number
    used_at: number | null
    data: JsonColumn
  }
  refresh_tokens: {
    token_hash: string
    grant_id: GrantId
    issued_at: number
    expires_at: number
    used_at: number | null
  }
  guess_counts: { key: string; failures: number; last_at: number }
  mail_links: {
    link_hash: string
    code_hash: string
    purpose: string
    user_id: UserId | null
    address: string | null
    standing: string
    flow: string
    revision: number
    node: string
    attempt_id: AttemptId | null
    expires_at: number
  }
  revoked_jtis: { jti: string; expires_at: number }
  consents: {
    user_id: UserId
    client_id: string
    application: string
    scopes: JsonText<readonly string[]>
    granted_at: number
    expires_at: number | null
  }
}
