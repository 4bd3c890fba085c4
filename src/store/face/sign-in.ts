/** The store's queries of who is signed in and what was given out: sessions, tokens, attempts, grants, consents. */
import type { AttemptId, GrantId, SessionId, TokenId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { AuthorizationCode, Consent, Grant, RefreshToken } from '../../domain/grants/grant.ts'
import type { GuessCount } from '../../domain/guess-limits/guess-limit.ts'
import type { Proof, Session } from '../../domain/sessions/session.ts'
import type { ListQuery, Page, Tx } from './transaction.ts'

export type NewSession = Session & { readonly tokenHash: string }

/** `active` at `now`: not over, and of a person who may be signed in by it. */
export type SessionQuery = ListQuery & {
  readonly user?: UserId
  readonly active?: boolean
  readonly now: number
}

export type ListedSession = Session & {
  readonly username: string
  /** When somebody ended it; null where it goes on, or time ended it. */
  readonly endedAt: number | null
  readonly active: boolean
}

export type SessionStore = {
  byTokenHash(tx: Tx, tokenHash: string): Promise<Session | undefined>
  byId(tx: Tx, id: SessionId): Promise<Session | undefined>
  of(tx: Tx, user: UserId, now: number): Promise<Session[]>
  /** Newest first; those that are over too, until they are purged. */
  list(tx: Tx, query: SessionQuery): Promise<Page<ListedSession>>
  insert(tx: Tx, session: NewSession): Promise<void>
  /**
   * A new cookie and new facts for the same session (F01); the old cookie is dead with the commit. Throws
   * `Conflict('sessions.id')` when it ended meanwhile.
   */
  rotate(
    tx: Tx,
    id: SessionId,
    tokenHash: string,
    facts: { proofs: readonly Proof[]; authTime: number },
    now: number,
  ): Promise<void>
  /** Moves the idle end on; called at most once a minute and session. */
  touch(tx: Tx, id: SessionId, now: number, idleEndsAt: number): Promise<void>
  /** Ends the session; its grants end with it unless they outlive sessions (`offline_access`). Writes the change. */
  end(tx: Tx, id: SessionId, now: number): Promise<boolean>
  endAllOf(tx: Tx, user: UserId, now: number, except?: SessionId): Promise<number>
  /** Takes away rows that ended before `before`, `limit` at most; tells how many. */
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

/** Failed guesses, by keys that tell neither names nor addresses. */
export type GuessStore = {
  /** The counts as they stand, held for this transaction; those of new keys begin at none. */
  lock(tx: Tx, keys: readonly string[], now: number): Promise<ReadonlyMap<string, GuessCount>>
  /** The counts as they stand; of a key that nobody failed under, nothing. */
  get(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, GuessCount>>
  /** Of a key that was locked; null takes it away. */
  set(tx: Tx, key: string, count: GuessCount | null): Promise<void>
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

/**
 * A one-time link. The link itself is in a mail or in an administrator's hands; here are its keyed hash, and what it is
 * bound to. One without a person stands for a mail that nobody got (G01): it never counts.
 */
export type MailLink = {
  readonly linkHash: string
  /** Of the code beside it, which is typed where the attempt waits. */
  readonly codeHash: string
  readonly purpose: string
  readonly userId: UserId | null
  /** Where it was sent; null where it was handed over. */
  readonly address: string | null
  /** What must still be true of the person: a password that was changed since makes the link void (G03). */
  readonly standing: string
  readonly flow: string
  readonly revision: number
  /** The node that it ends. */
  readonly node: string
  readonly attemptId: AttemptId | null
  readonly expiresAt: number
}

export type MailLinkStore = {
  /** The newest of a person and purpose is the only one (G03). */
  insert(tx: Tx, link: MailLink): Promise<void>
  byHash(tx: Tx, linkHash: string): Promise<MailLink | undefined>
  /** Exactly one call is told true. */
  spend(tx: Tx, linkHash: string): Promise<boolean>
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

/** An API token or an app password; the key itself is shown once and kept as a keyed hash. */
export type Token = {
  readonly id: TokenId
  readonly userId: UserId
  readonly kind: 'api' | 'app_password'
  readonly name: string
  /** For API tokens: the subset of the owner's permissions; `null` is all of them. */
  readonly permissions: readonly string[] | null
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

export type TokenStore = {
  byKeyHash(tx: Tx, keyHash: string): Promise<Token | undefined>
  byId(tx: Tx, id: TokenId): Promise<Token | undefined>
  of(tx: Tx, user: UserId, kind?: Token['kind']): Promise<Token[]>
  list(tx: Tx, query: ListQuery): Promise<Page<Token>>
  insert(tx: Tx, token: Token & { readonly keyHash: string }): Promise<void>
  touch(tx: Tx, id: TokenId, now: number): Promise<void>
  remove(tx: Tx, id: TokenId): Promise<boolean>
  removeAllOf(tx: Tx, user: UserId): Promise<number>
}

/** A flow attempt after its first proof; before it, the attempt is a sealed value in the page. */
export type Attempt = {
  readonly id: AttemptId
  readonly flow: string
  readonly revision: number
  readonly node: string
  readonly facts: JsonObject
  /** Keyed hash of the pre-session cookie that it is bound to. */
  readonly browser: string
  readonly expiresAt: number
  /** Raised by each answer; an answer to an older step is refused (H07). */
  readonly step: number
}

export type AttemptStore = {
  byId(tx: Tx, id: AttemptId): Promise<Attempt | undefined>
  insert(tx: Tx, attempt: Attempt): Promise<void>
  /** Moves on only from `step`; tells whether it did, so that of fifty equal answers one has an effect. */
  advance(tx: Tx, id: AttemptId, step: number, next: { node: string; facts: JsonObject }): Promise<boolean>
  remove(tx: Tx, id: AttemptId): Promise<boolean>
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

export type Redemption =
  | { readonly outcome: 'spent'; readonly code: AuthorizationCode }
  /** Redeemed before: whoever holds it now, the family must end (RFC 6749 §4.1.2). */
  | { readonly outcome: 'reused'; readonly code: AuthorizationCode }
  | { readonly outcome: 'expired'; readonly code: AuthorizationCode }
  | { readonly outcome: 'unknown' }

export type RefreshUse =
  | { readonly outcome: 'used'; readonly token: RefreshToken; readonly grant: Grant }
  | { readonly outcome: 'reused'; readonly grant: Grant }
  | { readonly outcome: 'expired' | 'ended'; readonly grant: Grant }
  | { readonly outcome: 'unknown' }

export type GrantStore = {
  byId(tx: Tx, id: GrantId): Promise<Grant | undefined>
  of(tx: Tx, user: UserId): Promise<Grant[]>
  ofSession(tx: Tx, session: SessionId): Promise<Grant[]>
  insert(tx: Tx, grant: Grant): Promise<void>
  /** Moves the end of the row on, never back. */
  extend(tx: Tx, id: GrantId, expiresAt: number): Promise<void>
  insertCode(tx: Tx, codeHash: string, code: AuthorizationCode): Promise<void>
  /** Spends a code: of any number of calls at once, exactly one is told `spent`. */
  redeemCode(tx: Tx, codeHash: string, now: number): Promise<Redemption>
  insertRefresh(tx: Tx, tokenHash: string, token: RefreshToken): Promise<void>
  /** Looks without spending: introspection, and whose the token is. */
  refreshByHash(tx: Tx, tokenHash: string): Promise<{ token: RefreshToken; grant: Grant } | undefined>
  /** Spends a refresh token for its successor: exactly one call is told `used`. */
  useRefresh(tx: Tx, tokenHash: string, now: number): Promise<RefreshUse>
  /** Ends the family. Writes the change `grants/<id>`. */
  end(tx: Tx, id: GrantId, now: number, why: string): Promise<boolean>
  endAllOf(tx: Tx, user: UserId, now: number, why: string, clientId?: string): Promise<number>
  /** Ends the grants of a session whose scopes lack `offline_access`. */
  endOfSession(tx: Tx, session: SessionId, now: number, why: string): Promise<number>
  /** Marks one self-contained token as revoked until it would expire anyway. Writes the change `jti/<jti>`. */
  revokeJti(tx: Tx, jti: string, expiresAt: number): Promise<void>
  isJtiRevoked(tx: Tx, jti: string): Promise<boolean>
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

export type ConsentStore = {
  get(tx: Tx, user: UserId, clientId: string): Promise<Consent | undefined>
  of(tx: Tx, user: UserId): Promise<Consent[]>
  put(tx: Tx, consent: Consent): Promise<void>
  remove(tx: Tx, user: UserId, clientId: string): Promise<boolean>
}
