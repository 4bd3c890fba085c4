/** The store's queries of what happened and what is to be done: events, jobs, and the feed of changes. */
import type { EventId, JobId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Sealed } from '../../base/secret.ts'
import type { StoredEvent, TidyEvent } from '../../events/event.ts'
import type { ChainEntry, EventBatch } from '../../events/seal.ts'
import type { ChainReader } from '../../events/verify-chain.ts'
import type { ListQuery, Page, Tx } from './transaction.ts'

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
  record(tx: Tx, id: EventId, at: number, event: TidyEvent): Promise<void>
  get(tx: Tx, id: EventId): Promise<StoredEvent | undefined>
  /** Newest first. */
  list(tx: Tx, query: EventQuery): Promise<Page<StoredEvent>>
  /** Adds to a count kept per key and hour, for what is too frequent to be an event each. */
  count(tx: Tx, key: string, hour: number, by: number): Promise<void>
  /** Takes counts of hours before `hour` away to be told of; each is given to one transaction. */
  takeCounts(tx: Tx, hour: number, limit: number): Promise<EventCount[]>
  readonly chain: EventChain
  /** Bytes held by events; beyond the budget, the oldest go. */
  size(tx: Tx): Promise<{ rows: number; bytes: number; oldest: number | null }>
}

export type EventCount = { readonly key: string; readonly hour: number; readonly count: number }

/** The sealed part of the log (`events/seal.ts`). */
export type EventChain = {
  /** Holds everyone else off from the chain until the transaction ends; tells its newest batch. */
  lock(tx: Tx): Promise<EventBatch | undefined>
  /** Those no batch closed over yet, oldest first. */
  unsealed(tx: Tx, limit: number): Promise<ChainEntry[]>
  /** Writes the batch and numbers its entries, in the order given. Throws where one of them is not there unsealed. */
  add(tx: Tx, batch: EventBatch, entries: readonly ChainEntry[]): Promise<void>
  /** The oldest batch whose entries still stand. */
  oldest(tx: Tx): Promise<EventBatch | undefined>
  /** Takes away the entries of a batch that was marked as purged, and the batches before it; tells how many entries. */
  purge(tx: Tx, marked: EventBatch): Promise<number>
  /** For verifying. */
  reader(tx: Tx): ChainReader
  keys(tx: Tx): Promise<SealKey[]>
  insertKey(tx: Tx, key: SealKey): Promise<void>
}

/** A key that seals the log. What it verifies follows from the private half, which only the house can have sealed. */
export type SealKey = { readonly kid: string; readonly sealedPrivateKey: Sealed; readonly createdAt: number }

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
   * `PRAGMA data_version` in ten milliseconds; on PostgreSQL nothing within a second of the last confirmation while
   * notifications arrive.
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
