/**
 * The store as the other rooms see it: one named function per query, grouped by aggregate. Both engines give the same
 * answers; `store/` alone knows SQL. Functions take a `Tx`: the one of a `write`, or `store.read` outside of any.
 */
import type {
  AttemptId,
  CredentialId,
  EmailId,
  EventId,
  GrantId,
  GroupId,
  JobId,
  SessionId,
  TokenId,
  UserId,
} from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import type { Sealed } from '../base/secret.ts'
import type { AuthorizationCode, Consent, Grant, RefreshToken } from '../domain/grants/grant.ts'
import type { Group, Membership } from '../domain/groups/group.ts'
import type { Proof, Session } from '../domain/sessions/session.ts'
import type { Email, User } from '../domain/users/user.ts'
import type { EventDraft, StoredEvent } from '../events/event.ts'

declare const tx: unique symbol
/** A handle to run queries with; made by the store, opaque to everyone else. */
export type Tx = { readonly [tx]: true }

export type Engine = 'sqlite' | 'postgres'

export type Store = {
  readonly engine: Engine
  /** For reads outside a transaction. Writing with it throws. */
  readonly read: Tx
  /**
   * Runs `work` as one transaction and resolves once it is durable: nothing acknowledged is lost. `work` awaits
   * queries and nothing else (asserted at run time on SQLite). A throw rolls back and is thrown on. On PostgreSQL a
   * serialization failure or deadlock runs `work` again, so it must have no effects of its own.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  readonly instance: InstanceStore
  readonly users: UserStore
  readonly emails: EmailStore
  readonly groups: GroupStore
  readonly credentials: CredentialStore
  readonly sessions: SessionStore
  readonly tokens: TokenStore
  readonly attempts: AttemptStore
  readonly grants: GrantStore
  readonly consents: ConsentStore
  readonly resources: ResourceStore
  readonly secrets: SecretStore
  readonly keys: KeyStore
  readonly signingKeys: SigningKeyStore
  readonly events: EventStore
  readonly jobs: JobStore
  readonly changes: ChangeFeed
  close(): Promise<void>
}

export type Page<T> = { readonly items: T[]; readonly next: string | null }
/**
 * `cursor` is opaque, from the page before. `limit` is 1 to 200; beyond, it is capped (M11). `sort` is one of the columns
 * allowed, `-` before it for descending. What cannot be answered throws `BadQuery`.
 */
export type ListQuery = {
  readonly organisation: string
  readonly search?: string
  readonly limit: number
  readonly cursor?: string
  readonly sort?: string
}

/** Facts of the instance, each set at most a few times: `install_id`, `public_url`, `setup_done`, `setup_token`. */
export type InstanceStore = {
  get(tx: Tx, name: string): Promise<Json | undefined>
  set(tx: Tx, name: string, value: Json): Promise<void>
  /** Sets `name` only where it is unset; tells whether it did. */
  setOnce(tx: Tx, name: string, value: Json): Promise<boolean>
  remove(tx: Tx, name: string): Promise<boolean>
}

export type NewUser = Omit<User, 'number' | 'generation' | 'lastLoginAt' | 'passwordChangedAt' | 'updatedAt'> & {
  /** Taken from the sequence when left out; an import sets it, and the sequence then goes on above it. */
  readonly number?: number
}
export type UserPatch = Partial<
  Pick<User, 'username' | 'name' | 'kind' | 'active' | 'attributes' | 'locale' | 'managedBy' | 'organisation'>
>

export type UserStore = {
  byId(tx: Tx, id: UserId): Promise<User | undefined>
  byUsername(tx: Tx, username: string): Promise<User | undefined>
  /** By user name, else by an e-mail address that exactly one person has. */
  byLogin(tx: Tx, login: string): Promise<User | undefined>
  list(tx: Tx, query: ListQuery): Promise<Page<User>>
  count(tx: Tx): Promise<number>
  /** Everybody whom a configuration file manages; without it, whoever asks looks through them all. */
  managed?(tx: Tx, organisation: string): Promise<User[]>
  /** Throws `Conflict('users.username')` when the name is taken. */
  insert(tx: Tx, user: NewUser): Promise<User>
  /**
   * Writes a change `users/<id>`. Disabling raises the generation. Throws `Conflict('users.username')` when the name is
   * taken, `Conflict('users.id')` when the person is gone.
   */
  update(tx: Tx, id: UserId, patch: UserPatch, now: number): Promise<User>
  /** Raises the generation: every session and grant of the person is void from here on. Writes the change. */
  bumpGeneration(tx: Tx, id: UserId, now: number): Promise<void>
  recordLogin(tx: Tx, id: UserId, now: number): Promise<void>
  remove(tx: Tx, id: UserId): Promise<boolean>
  /**
   * Sets what wins over the computed `sub` for a scope (an application's slug or `*`). Throws
   * `Conflict('subjects.value')` when another person has it in that scope.
   */
  setSubject(tx: Tx, id: UserId, scope: string, value: string): Promise<void>
  /** All the subjects set for one person: scope to value. */
  subjects(tx: Tx, id: UserId): Promise<ReadonlyMap<string, string>>
}

export type EmailStore = {
  of(tx: Tx, user: UserId): Promise<Email[]>
  /** The addresses of many people at once. */
  ofMany(tx: Tx, users: readonly UserId[]): Promise<Email[]>
  /** Throws `Conflict('emails.address')` when another person of the instance has it verified. */
  insert(tx: Tx, email: Email): Promise<void>
  /** Throws as `insert` does, and `Conflict('emails.id')` when the address is gone. */
  verify(tx: Tx, id: EmailId, by: NonNullable<Email['verifiedBy']>, now: number): Promise<void>
  /** Throws `Conflict('emails.id')` unless the address is this person's. */
  setPrimary(tx: Tx, user: UserId, id: EmailId): Promise<void>
  remove(tx: Tx, id: EmailId): Promise<boolean>
}

export type NewGroup = Omit<Group, 'updatedAt'>
export type GroupPatch = Partial<Pick<Group, 'slug' | 'name' | 'parents' | 'roles' | 'attributes' | 'managedBy'>>

export type GroupStore = {
  byId(tx: Tx, id: GroupId): Promise<Group | undefined>
  bySlug(tx: Tx, slug: string): Promise<Group | undefined>
  list(tx: Tx, query: ListQuery): Promise<Page<Group>>
  /** Every group with its parents; the graph is small beside the people in it. */
  all(tx: Tx): Promise<Group[]>
  insert(tx: Tx, group: NewGroup): Promise<Group>
  update(tx: Tx, id: GroupId, patch: GroupPatch, now: number): Promise<Group>
  remove(tx: Tx, id: GroupId): Promise<boolean>
  memberships(tx: Tx, user: UserId): Promise<Membership[]>
  membershipsOfMany(tx: Tx, users: readonly UserId[]): Promise<Membership[]>
  members(tx: Tx, group: GroupId): Promise<Membership[]>
  /** Adds or moves `until`; tells whether anything changed. Writes the change `users/<id>`. */
  addMember(tx: Tx, membership: Membership): Promise<boolean>
  removeMember(tx: Tx, user: UserId, group: GroupId): Promise<boolean>
}

/** What belongs to a person to prove who they are, under the schema of its kind; secrets in it are sealed. */
export type Credential = {
  readonly id: CredentialId
  readonly userId: UserId
  readonly kind: string
  readonly name: string
  readonly data: JsonObject
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export type CredentialStore = {
  of(tx: Tx, user: UserId, kind?: string): Promise<Credential[]>
  byId(tx: Tx, id: CredentialId): Promise<Credential | undefined>
  insert(tx: Tx, credential: Credential): Promise<void>
  /** Replaces `data` only where it still equals `before`, so that a counter or a rehash is never overwritten. */
  replaceData(tx: Tx, id: CredentialId, before: JsonObject, after: JsonObject, now: number): Promise<boolean>
  touch(tx: Tx, id: CredentialId, now: number): Promise<void>
  remove(tx: Tx, id: CredentialId): Promise<boolean>
  /** Sets the one password of a person, and `passwordChangedAt` unless `rehash`. */
  setPassword(tx: Tx, user: UserId, id: CredentialId, hash: string, now: number, rehash: boolean): Promise<void>
}

export type NewSession = Session & { readonly tokenHash: string }

export type SessionStore = {
  byTokenHash(tx: Tx, tokenHash: string): Promise<Session | undefined>
  byId(tx: Tx, id: SessionId): Promise<Session | undefined>
  of(tx: Tx, user: UserId, now: number): Promise<Session[]>
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

/** A resource at its newest revision. */
export type StoredResource = {
  readonly id: string
  readonly type: string
  readonly slug: string
  /** Version of the schema the spec was written under; older ones are upgraded when read. */
  readonly schema: number
  readonly spec: JsonObject
  readonly revision: number
  readonly organisation: string
  readonly managedBy: string | null
  readonly updatedAt: number
}

export type Revision = {
  readonly seq: number
  readonly resource: string
  readonly type: string
  readonly slug: string
  readonly revision: number
  readonly schema: number
  /** Null for the revision that deleted it. */
  readonly spec: JsonObject | null
  readonly actor: JsonObject
  readonly why: string | null
  readonly at: number
}

export type ResourceStore = {
  all(tx: Tx): Promise<StoredResource[]>
  get(tx: Tx, type: string, slug: string): Promise<StoredResource | undefined>
  list(tx: Tx, type: string, query: ListQuery): Promise<Page<StoredResource>>
  /**
   * Writes the next revision (spec null deletes), its lookup keys and the change `<type>/<slug>`. Throws
   * `Conflict('resources.revision')` unless the newest is `expected` (0: none yet), `Conflict('lookup:<kind>:<key>')`
   * when another resource holds a key.
   */
  put(tx: Tx, write: ResourceWrite): Promise<StoredResource | undefined>
  revisions(tx: Tx, type: string, slug: string, limit: number): Promise<Revision[]>
  revision(tx: Tx, type: string, slug: string, revision: number): Promise<Revision | undefined>
  byLookup(tx: Tx, kind: string, key: string): Promise<StoredResource | undefined>
  /** Resources and groups that name this one: for "used by" and delete protection. */
  usedBy(tx: Tx, type: string, slug: string): Promise<{ type: string; slug: string }[]>
}

export type ResourceWrite = {
  readonly type: string
  readonly slug: string
  readonly schema: number
  readonly spec: JsonObject | null
  readonly expected: number
  readonly organisation: string
  readonly managedBy: string | null
  readonly lookups: readonly { readonly kind: string; readonly key: string }[]
  readonly refs: readonly { readonly type: string; readonly slug: string }[]
  readonly actor: JsonObject
  readonly why: string | null
  readonly now: number
  /** Id of a new resource. */
  readonly id: string
}

export type SecretStore = {
  get(tx: Tx, id: string): Promise<{ sealed: Sealed; version: number } | undefined>
  all(tx: Tx): Promise<{ id: string; sealed: Sealed; version: number }[]>
  put(tx: Tx, id: string, sealed: Sealed, version: number): Promise<void>
  remove(tx: Tx, id: string): Promise<boolean>
}

/** A data key, wrapped by the key derived from the secret key. */
export type DataKey = {
  readonly id: string
  readonly purpose: string
  readonly wrapped: string
  readonly createdAt: number
}

export type KeyStore = {
  all(tx: Tx): Promise<DataKey[]>
  /** Only where no key of that purpose stands yet, so that two processes starting at once agree; tells which stands. */
  insertFirst(tx: Tx, key: DataKey): Promise<DataKey>
  insert(tx: Tx, key: DataKey): Promise<void>
  rewrap(tx: Tx, id: string, wrapped: string): Promise<void>
}

/** One generation of a key pair. `next` is published and not used, `active` signs, `retired` verifies. */
export type SigningKey = {
  readonly kid: string
  /** Slug of the key pair resource that it is a generation of. */
  readonly keypair: string
  readonly algorithm: string
  readonly state: 'next' | 'active' | 'retired'
  readonly publicJwk: JsonObject
  readonly sealedPrivateKey: Sealed
  readonly createdAt: number
  readonly activeFrom: number | null
  readonly retiredAt: number | null
  /** After this nothing signed by it can be valid: it leaves the JWKS. */
  readonly removeAt: number | null
}

/** Each write notes the change `keys/<key pair>`. */
export type SigningKeyStore = {
  all(tx: Tx): Promise<SigningKey[]>
  /** Throws `Conflict('signing_keys.state')` where the key pair has a key of that state already (`next`, `active`). */
  insert(tx: Tx, key: SigningKey): Promise<void>
  setState(
    tx: Tx,
    kid: string,
    patch: Partial<Pick<SigningKey, 'state' | 'activeFrom' | 'retiredAt' | 'removeAt'>>,
  ): Promise<void>
  remove(tx: Tx, kid: string): Promise<boolean>
}

/** From `after` on, up to and without `before`. What a token did is found under its person's id. */
export type EventQuery = ListQuery & {
  readonly types?: readonly string[]
  readonly actor?: string
  readonly target?: string
  readonly after?: number
  readonly before?: number
}

export type EventStore = {
  /** Written with the effect it tells of, in the same transaction. */
  record(tx: Tx, id: EventId, at: number, event: EventDraft): Promise<void>
  get(tx: Tx, id: EventId): Promise<StoredEvent | undefined>
  /** Newest first. */
  list(tx: Tx, query: EventQuery): Promise<Page<StoredEvent>>
  /** Adds to a count kept per key and hour, for what is too frequent to be an event each. */
  count(tx: Tx, key: string, hour: number, by: number): Promise<void>
  purge(tx: Tx, before: number, limit: number): Promise<number>
  /** Bytes held by events; beyond the budget, the oldest go. */
  size(tx: Tx): Promise<{ rows: number; bytes: number; oldest: number | null }>
}

export type Job = {
  readonly id: JobId
  readonly kind: string
  /** At most one waiting job per kind and key; `null` for any number. */
  readonly key: string | null
  readonly payload: JsonObject
  readonly dueAt: number
  readonly attempts: number
  readonly state: 'waiting' | 'running' | 'dead'
  readonly lastError: string | null
}

export type JobStore = {
  /** Adds a job; where one of the same kind and key waits, that one is kept and moved to the earlier time. */
  add(tx: Tx, job: Pick<Job, 'id' | 'kind' | 'key' | 'payload' | 'dueAt'>, now: number): Promise<void>
  /**
   * Leases due jobs: each is given to one process at a time, again when a lease ran out (kill -9). Raises `attempts`,
   * so that a job which takes its process down with it is counted too. A keyed job waits while another of its kind
   * and key runs under a live lease.
   */
  lease(tx: Tx, now: number, leaseMs: number, limit: number, owner: string): Promise<Job[]>
  /** When the next job is due or a lease runs out, or null: nothing ticks when nothing is due. */
  nextDue(tx: Tx): Promise<number | null>
  /** Moves the end of a running job's lease to `leaseEndsAt`; false where the lease is no longer the owner's. */
  renew(tx: Tx, id: JobId, owner: string, leaseEndsAt: number): Promise<boolean>
  /** Takes the row away; false where the lease is no longer the owner's. */
  done(tx: Tx, id: JobId, owner: string): Promise<boolean>
  /**
   * Puts it back for `dueAt`, or among the dead letters where `dueAt` is null. Where another of its kind and key came
   * to wait meanwhile, that one takes its place and this row goes.
   */
  failed(tx: Tx, id: JobId, owner: string, error: string, dueAt: number | null): Promise<boolean>
  list(tx: Tx, query: ListQuery & { state?: Job['state'] }): Promise<Page<Job>>
  retry(tx: Tx, id: JobId, now: number): Promise<boolean>
  remove(tx: Tx, id: JobId): Promise<boolean>
}

export type Change = { readonly seq: number; readonly what: string; readonly key: string }

/**
 * What changed, in the order of commits. Every cache in every process follows it. `what` is the kind of thing
 * (`users`, `groups`, `sessions`, `grants`, `jti`, `tokens`, `secrets`, `keys`, `instance`, or a resource type).
 */
export type ChangeFeed = {
  /** Notes a change in the transaction that makes it; the aggregates above call it themselves where they say so. */
  note(tx: Tx, what: string, key: string): Promise<void>
  /**
   * Brings every follower up to date with the store as it stands now. Cheap when nothing changed: on SQLite one
   * `PRAGMA data_version`; on PostgreSQL nothing within a second of the last confirmation while notifications arrive.
   * Caches are asked only after it resolved (`true` at once when there was nothing to wait for).
   */
  fresh(): true | Promise<true>
  /**
   * Calls `follower` for each change, in order, also those of other processes; with `what: '*'` when it has missed some
   * and must start afresh. Follow first and load after. Returns how to stop.
   */
  follow(follower: (change: Change) => void): () => void
  /** Takes away entries older than `before`; a process that missed them starts its caches afresh. */
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

/** Thrown by a write that would break uniqueness; `on` names what. Carries no SQL and no value. */
export class Conflict extends Error {
  readonly on: string
  constructor(on: string) {
    super(`conflict on ${on}`)
    this.on = on
  }
}

/** Thrown by a list for a query that no row can answer: the caller's mistake, so a 400 at the border (M11, M12). */
export class BadQuery extends Error {
  readonly on: 'cursor' | 'limit' | 'sort' | 'search'
  constructor(on: BadQuery['on']) {
    super(`the ${on} of this list query is not valid`)
    this.on = on
  }
}

/** Thrown before the engine sees it, for text that not every engine can hold: NUL, or half a surrogate pair (M13). */
export class UnstorableText extends Error {
  constructor() {
    super('text must not hold NUL characters or broken surrogate pairs')
  }
}
