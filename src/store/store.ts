/**
 * The store as the other rooms see it: one named function per query, grouped by aggregate. Both engines give the same
 * answers; `store/` alone knows SQL. Functions take a `Tx`: the one of a `write`, or `store.read` outside of any. The
 * aggregates are in `face/`, by topic; whoever needs a type or an error of the store imports it from here.
 */
import type { ChangeFeed, EventStore, JobStore } from './face/activity.ts'
import type {
  DraftStore,
  InstanceStore,
  KeyStore,
  ResourceStore,
  SecretStore,
  SigningKeyStore,
} from './face/configuration.ts'
import type {
  AgreedTermsStore,
  CredentialStore,
  DeclinedStore,
  EmailStore,
  GroupStore,
  InvitationStore,
  UserStore,
} from './face/people.ts'
import type {
  AttemptStore,
  ConsentStore,
  GrantStore,
  GuessStore,
  MailLinkStore,
  SessionStore,
  TokenStore,
} from './face/sign-in.ts'
import type { Tx } from './face/transaction.ts'

export type * from './face/activity.ts'
export type * from './face/configuration.ts'
export { BadQuery, Conflict, UnstorableText } from './face/failures.ts'
export type * from './face/people.ts'
export type * from './face/sign-in.ts'
export type * from './face/transaction.ts'

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
  /**
   * Runs `told` once the transaction is durable, and never where it rolled back: for what tells of it in memory. It must
   * not throw.
   */
  afterCommit(tx: Tx, told: () => void): void
  readonly instance: InstanceStore
  readonly users: UserStore
  readonly emails: EmailStore
  readonly groups: GroupStore
  readonly credentials: CredentialStore
  readonly declined: DeclinedStore
  readonly invitations: InvitationStore
  readonly agreedTerms: AgreedTermsStore
  readonly sessions: SessionStore
  readonly tokens: TokenStore
  readonly attempts: AttemptStore
  readonly guesses: GuessStore
  readonly mailLinks: MailLinkStore
  readonly grants: GrantStore
  readonly consents: ConsentStore
  readonly resources: ResourceStore
  readonly drafts: DraftStore
  readonly secrets: SecretStore
  readonly keys: KeyStore
  readonly signingKeys: SigningKeyStore
  readonly events: EventStore
  readonly jobs: JobStore
  readonly changes: ChangeFeed
  close(): Promise<void>
}
