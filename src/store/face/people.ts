/** The store's queries of people: users, their addresses, groups, and what they prove themselves with. */
import type { CredentialId, EmailId, GroupId, InvitationId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Group, Membership } from '../../domain/groups/group.ts'
import type { Invitation } from '../../domain/invitations/invitation.ts'
import type { Email, Held, User } from '../../domain/users/user.ts'
import type { ListQuery, Page, Tx } from './transaction.ts'

export type NewUser = Omit<User, 'number' | 'generation' | 'lastLoginAt' | 'passwordChangedAt' | 'updatedAt'> & {
  /** Taken from the sequence when left out; an import sets it, and the sequence then goes on above it. */
  readonly number?: number
}
export type UserPatch = Partial<
  Pick<User, 'username' | 'name' | 'kind' | 'active' | 'attributes' | 'locale' | 'managedBy' | 'organisation'>
> & {
  /** Holding somebody switches them off; null lets go of them, and what else is said of `active` counts again. */
  readonly held?: Held | null
  /** Whether the present password must be replaced at the next sign-in; setting one takes that back. */
  readonly mustChangePassword?: boolean
}

export type UserStore = {
  byId(tx: Tx, id: UserId): Promise<User | undefined>
  byUsername(tx: Tx, username: string): Promise<User | undefined>
  /** By user name, else by an e-mail address that exactly one person has. */
  byLogin(tx: Tx, login: string): Promise<User | undefined>
  list(tx: Tx, query: ListQuery): Promise<Page<User>>
  count(tx: Tx): Promise<number>
  /** Whoever is held for this, the longest first. */
  held(tx: Tx, organisation: string, why: Held['why'], limit: number): Promise<User[]>
  /** Everybody whom a configuration file manages, by user name. */
  managed(tx: Tx, organisation: string): Promise<User[]>
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

export type InvitationStore = {
  insert(tx: Tx, invitation: Invitation & { readonly tokenHash: string }): Promise<void>
  byTokenHash(tx: Tx, tokenHash: string): Promise<Invitation | undefined>
  byId(tx: Tx, id: InvitationId): Promise<Invitation | undefined>
  list(tx: Tx, query: ListQuery): Promise<Page<Invitation>>
  /** Counts one use, where one is left and it has not ended: of any number at once, as many succeed as are left. */
  take(tx: Tx, id: InvitationId, now: number): Promise<boolean>
  remove(tx: Tx, id: InvitationId): Promise<boolean>
  /** Takes those away that ended before, `limit` at most; tells how many. */
  purge(tx: Tx, before: number, limit: number): Promise<number>
}

export type AgreedTermsStore = {
  /** Kept for good: each version that somebody agreed to, and when they first did. */
  put(tx: Tx, user: UserId, terms: string, version: number, now: number): Promise<void>
  /** The newest version that was agreed to, or null. */
  newest(tx: Tx, user: UserId, terms: string): Promise<number | null>
  of(tx: Tx, user: UserId): Promise<{ readonly terms: string; readonly version: number; readonly agreedAt: number }[]>
}

export type EmailStore = {
  of(tx: Tx, user: UserId): Promise<Email[]>
  /** Whether anybody has the address, verified or not. */
  taken(tx: Tx, address: string): Promise<boolean>
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

export type ListedMember = Membership & { readonly username: string }

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
  /** By user name. */
  listMembers(tx: Tx, group: GroupId, query: ListQuery): Promise<Page<ListedMember>>
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
  /** The one of the whole house that is found by this. */
  byLookup(tx: Tx, lookup: string): Promise<Credential | undefined>
  /** Throws `Conflict('credentials.lookup')` where another is found by the same. */
  insert(tx: Tx, credential: Credential & { readonly lookup?: string | null }): Promise<void>
  /** Replaces `data` only where it still equals `before`, so that a counter or a rehash is never overwritten. */
  replaceData(tx: Tx, id: CredentialId, before: JsonObject, after: JsonObject, now: number): Promise<boolean>
  touch(tx: Tx, id: CredentialId, now: number): Promise<void>
  rename(tx: Tx, id: CredentialId, name: string): Promise<void>
  remove(tx: Tx, id: CredentialId): Promise<boolean>
  /** Hashes of passwords that were replaced, the newest first, as far as they were kept. */
  formerPasswords(tx: Tx, user: UserId, limit: number): Promise<string[]>
  /**
   * Sets the one password of a person, and `passwordChangedAt`. The same under a new hash goes by `replaceData`. Of those
   * before it, `keep` are kept: none where that is left out.
   */
  setPassword(
    tx: Tx,
    user: UserId,
    id: CredentialId,
    hash: string,
    now: number,
    options?: { readonly keep?: number; readonly mustChange?: boolean },
  ): Promise<void>
}

/** Offers that people do not want to be made again. */
export type DeclinedStore = {
  /** `until` null: for ever. */
  put(tx: Tx, user: UserId, offer: string, until: number | null): Promise<void>
  stands(tx: Tx, user: UserId, offer: string, now: number): Promise<boolean>
}
