/** Events, jobs, and the feed of changes. */
import type { EventId, JobId } from '../../base/ids.ts'
import type { Sealed } from '../../base/secret.ts'
import type { EventDraft } from '../../events/event.ts'
import type { EventBatch } from '../../events/seal.ts'
import type { JsonText } from '../dialect/json-text.ts'
import type { Job } from '../store.ts'
import type { JsonColumn } from './column-types.ts'

export type ActivityTables = {
  events: {
    id: EventId
    at: number
    type: string
    actor_id: string | null
    target: string | null
    organisation: string
    payload: JsonText<EventDraft>
    /** SHA-256 over `salt` and the canonical payload; what a seal covers, so that a payload can still be erased. */
    payload_hash: string
    salt: string
    bytes: number
    search: string
    /** Its place in the sealed chain and the batch that closed over it; null until sealed. */
    chain_number: number | null
    batch: number | null
  }
  event_batches: {
    number: number
    first: number
    last: number
    closed_at: number
    previous: string
    entries: string
    hash: string
    kid: string
    signature: string
    purged: JsonText<NonNullable<EventBatch['purged']>> | null
  }
  seal_keys: { kid: string; sealed_private_key: Sealed; created_at: number }
  event_counts: { key: string; hour: number; count: number }
  jobs: {
    id: JobId
    kind: string
    key: string | null
    payload: JsonColumn
    due_at: number
    /** When it wants attention: due, or its lease runs out; null for the dead. */
    next_at: number | null
    attempts: number
    state: Job['state']
    owner: string | null
    last_error: string | null
  }
  changes: { seq: number; what: string; key: string; at: number }
}
