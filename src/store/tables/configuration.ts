/** Resources and their history, secrets, keys, and facts of the instance. */
import type { Generated } from 'kysely'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Sealed } from '../../base/secret.ts'
import type { JsonText } from '../dialect/json-text.ts'
import type { SigningKey } from '../store.ts'
import type { JsonColumn } from './column-types.ts'

export type ConfigurationTables = {
  instance: { name: string; value: JsonText<Json> }
  /** Numbers given out under a row lock: `users.number`, `changes`, and how far `changes` was purged. */
  counters: { name: string; value: number }
  resources: {
    id: string
    type: string
    slug: string
    schema: number
    spec: JsonColumn
    revision: number
    organisation: string
    managed_by: string | null
    search: string
    updated_at: number
  }
  revisions: {
    seq: Generated<number>
    resource: string
    type: string
    slug: string
    revision: number
    schema: number
    spec: JsonText<JsonObject> | null
    actor: JsonColumn
    why: string | null
    at: number
  }
  drafts: {
    id: string
    type: string
    slug: string
    schema: number
    spec: JsonColumn
    based_on: number
    actor: JsonColumn
    note: string | null
    organisation: string
    saved_at: number
  }
  lookups: { kind: string; key: string; resource: string }
  /** Who names whom: `from_type` is a resource type or `groups`. */
  refs: { from_type: string; from_id: string; type: string; slug: string }
  secrets: { id: string; sealed: Sealed; version: number }
  keys: { id: string; purpose: string; wrapped: string; created_at: number }
  signing_keys: {
    kid: string
    keypair: string
    algorithm: string
    state: SigningKey['state']
    public_jwk: JsonColumn
    sealed_private_key: Sealed
    created_at: number
    active_from: number | null
    retired_at: number | null
    remove_at: number | null
  }
}
