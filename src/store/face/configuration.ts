/** The store's queries of configuration: facts of the instance, resources with their revisions, secrets, keys. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Sealed } from '../../base/secret.ts'
import type { ListQuery, Page, Tx } from './transaction.ts'

/** Facts of the instance, each set at most a few times: `install_id`, `public_url`, `setup_done`, `setup_token`. */
export type InstanceStore = {
  get(tx: Tx, name: string): Promise<Json | undefined>
  set(tx: Tx, name: string, value: Json): Promise<void>
  /** Sets `name` only where it is unset; tells whether it did. */
  setOnce(tx: Tx, name: string, value: Json): Promise<boolean>
  remove(tx: Tx, name: string): Promise<boolean>
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

/** What is being written and does not serve yet. */
export type StoredDraft = {
  /** Another at each saving: what an entity tag is made of. */
  readonly id: string
  readonly type: string
  readonly slug: string
  readonly schema: number
  readonly spec: JsonObject
  /** The revision that it was begun from; 0 where nothing stood. */
  readonly basedOn: number
  readonly actor: JsonObject
  readonly note: string | null
  readonly organisation: string
  readonly savedAt: number
}

export type DraftStore = {
  get(tx: Tx, type: string, slug: string): Promise<StoredDraft | undefined>
  /** In place of the one there is. */
  put(tx: Tx, draft: StoredDraft): Promise<void>
  remove(tx: Tx, id: string): Promise<boolean>
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
