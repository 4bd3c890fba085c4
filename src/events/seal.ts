/**
 * The seal over the audit log (DESIGN §11). Entries are numbered without gaps and closed into batches; each batch holds
 * the hash of its entries and of the batch before it, and is signed. So an entry that was altered, taken away, moved or
 * put in between shows. What is sealed is the salted hash of a payload: a person can still be erased from it.
 *
 * What no seal of one database can show: entries that no batch closed over yet, and an end of the chain that was cut off
 * whole. For the latter whoever verifies may bring the head of the chain as the process's log told it.
 */
import { base64url, sha256 } from '../base/bytes.ts'
import type { EventId } from '../base/ids.ts'
import { canonicalJson, type Json } from '../base/json.ts'

/** What of an entry goes into the seal. */
export type ChainEntry = { readonly id: EventId; readonly at: number; readonly payloadHash: string }

export type ChainSignature = { readonly kid: string; readonly signature: string }

export type EventBatch = ChainSignature & {
  /** Counts up from 1 without gaps. */
  readonly number: number
  /** Numbers of the first and the last entry; one batch goes on where the one before ended. */
  readonly first: number
  readonly last: number
  readonly closedAt: number
  /** `hash` of the batch before; empty for the first one. */
  readonly previous: string
  /** Over all entries of the batch, in order. */
  readonly entries: string
  /** Over all of the above; what is signed. */
  readonly hash: string
  /** Set once the entries were purged by age: from then on the batch stands for all before it. */
  readonly purged: (ChainSignature & { readonly at: number }) | null
}

export type ChainSigner = { readonly kid: string; sign(text: string): string }

/** False for a signature that does not fit, and for a key that is not the house's. */
export type VerifyChainSignature = (signed: ChainSignature, text: string) => boolean

/** Closes over the entries, in the order given. */
export const closeBatch = (
  last: EventBatch | undefined,
  entries: readonly ChainEntry[],
  now: number,
  signer: ChainSigner,
): EventBatch => {
  const first = (last?.last ?? 0) + 1
  const header = {
    number: (last?.number ?? 0) + 1,
    first,
    last: first + entries.length - 1,
    closedAt: now,
    previous: last?.hash ?? '',
    entries: entriesHash(first, entries),
  }
  const hash = batchHash(header)
  return { ...header, hash, kid: signer.kid, signature: signer.sign(batchText(hash)), purged: null }
}

/** The mark of a batch whose entries are purged: only the house may take entries away and have the rest verify. */
export const markPurged = (batch: EventBatch, now: number, signer: ChainSigner): EventBatch => ({
  ...batch,
  purged: { at: now, kid: signer.kid, signature: signer.sign(purgeText(batch, now)) },
})

export const entriesHash = (first: number, entries: readonly ChainEntry[]): string => {
  const leaves = entries.map(({ id, at, payloadHash }, index) => hashOf(['entry', first + index, id, at, payloadHash]))
  return hashOf(['entries', ...leaves])
}

type Header = Pick<EventBatch, 'number' | 'first' | 'last' | 'closedAt' | 'previous' | 'entries'>

export const batchHash = ({ number, first, last, closedAt, previous, entries }: Header): string =>
  hashOf(['batch', number, first, last, closedAt, previous, entries])

export const batchText = (hash: string): string => spell(['signed batch', hash])

export const purgeText = ({ number, hash }: Pick<EventBatch, 'number' | 'hash'>, at: number): string =>
  spell(['purged batch', number, hash, at])

/** One spelling for each list, so that no two kinds of it share a hash or a signature. */
const spell = (parts: readonly Json[]): string => canonicalJson(['gatehouse/audit/1', ...parts])

const hashOf = (parts: readonly Json[]): string => base64url(sha256(spell(parts)))
