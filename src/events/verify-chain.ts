/**
 * Verifies the sealed part of the audit log: every batch signed by the house and linked to the one before, every entry
 * in its place and as it was when it was sealed. Reads one batch after another, so it costs memory for one. May run while
 * others seal and purge.
 */
import type { EventId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { saltedHash } from '../base/salted-hash.ts'
import type { EventDraft } from './event.ts'
import {
  batchHash,
  batchText,
  type ChainEntry,
  type EventBatch,
  entriesHash,
  purgeText,
  type VerifyChainSignature,
} from './seal.ts'

/** An entry with all that is kept of it. */
export type SealedEntry = ChainEntry & {
  readonly number: number
  readonly batch: number | null
  readonly salt: string
  readonly payload: EventDraft
  /** Whether the columns that lists go by say what the payload says. */
  readonly indexed: boolean
}

/** The chain as it is kept. */
export type ChainReader = {
  /** In order, above `after`. */
  batches(after: number, limit: number): Promise<EventBatch[]>
  /** Those numbered `first` to `last`, in order. */
  entries(first: number, last: number): Promise<SealedEntry[]>
  /** Some of those with a number below `first` or above `last`. */
  outside(first: number, last: number, limit: number): Promise<{ readonly id: EventId; readonly number: number }[]>
}

export type ChainFault = {
  readonly what:
    | 'batch_missing'
    | 'batch_altered'
    | 'batch_unsigned'
    | 'entry_missing'
    | 'entry_altered'
    | 'entries_altered'
    | 'entry_inserted'
    | 'head_missing'
  readonly batch: number | null
  readonly entry: number | null
  readonly id: EventId | null
}

export type ChainHead = { readonly number: number; readonly hash: string }

export type ChainReport = {
  readonly batches: number
  readonly entries: number
  /** The number of the last entry that was purged by age; 0 for none. */
  readonly purgedThrough: number
  /** The newest batch; null where nothing was sealed yet. */
  readonly head: ChainHead | null
  /** The first hundred of them. */
  readonly faults: readonly ChainFault[]
  readonly sound: boolean
}

const PAGE = 100
const MOST_FAULTS = 100

// Purging while we read moves the floor; then what is missing may be what was purged, and we look again.
const MOST_ROUNDS = 5

/** `known` is a head that was seen before, in the process's log: the chain must still hold it. */
export const verifyChain = async (
  chain: ChainReader,
  verify: VerifyChainSignature,
  known: ChainHead | null = null,
): Promise<ChainReport> => {
  for (let round = 1; ; round += 1) {
    const floor = await floorOf(chain)
    const report = await walk(chain, verify, known, floor)
    if (report.sound || round === MOST_ROUNDS || (await floorOf(chain))?.number === floor?.number) return report
  }
}

/** The oldest batch there is: the first ever, or the one that stands for all that was purged. */
const floorOf = async (chain: ChainReader): Promise<EventBatch | undefined> => (await chain.batches(0, 1))[0]

const walk = async (
  chain: ChainReader,
  verify: VerifyChainSignature,
  known: ChainHead | null,
  floor: EventBatch | undefined,
): Promise<ChainReport> => {
  const faults: ChainFault[] = []
  const counted = { batches: 0, entries: 0 }
  let knownHash: string | null = null
  let head: EventBatch | undefined
  for await (const batch of everyBatch(chain)) {
    faults.push(...batchFaults(batch, head, verify))
    head = batch
    if (batch.number === known?.number) knownHash = batch.hash
    if (batch.purged && batch.number === floor?.number) continue
    const entries = await chain.entries(batch.first, batch.last)
    faults.push(...entryFaults(batch, entries))
    counted.batches += 1
    counted.entries += entries.length
    if (faults.length > MOST_FAULTS) break
  }
  faults.push(...(await insertedFaults(chain, floor, head)))
  // A head that was purged since is covered by the mark of a later batch.
  if (known && knownHash !== known.hash && known.number >= (floor?.number ?? 0)) {
    faults.push(fault('head_missing', { batch: known.number }))
  }
  return {
    ...counted,
    purgedThrough: floor?.purged ? floor.last : 0,
    head: head ? { number: head.number, hash: head.hash } : null,
    faults: faults.slice(0, MOST_FAULTS),
    sound: faults.length === 0,
  }
}

const everyBatch = async function* (chain: ChainReader): AsyncGenerator<EventBatch> {
  let after = 0
  for (;;) {
    const page = await chain.batches(after, PAGE)
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.number
  }
}

const fault = (what: ChainFault['what'], where: Partial<Omit<ChainFault, 'what'>>): ChainFault => ({
  what,
  batch: where.batch ?? null,
  entry: where.entry ?? null,
  id: where.id ?? null,
})

/** The batch by itself, and its link to the one before. */
const batchFaults = (
  batch: EventBatch,
  before: EventBatch | undefined,
  verify: VerifyChainSignature,
): readonly ChainFault[] => {
  const here = { batch: batch.number }
  const faults: ChainFault[] = []
  if (batch.hash !== batchHash(batch)) faults.push(fault('batch_altered', here))
  if (!verify(batch, batchText(batch.hash))) faults.push(fault('batch_unsigned', here))
  if (batch.purged && !verify(batch.purged, purgeText(batch, batch.purged.at))) {
    faults.push(fault('batch_unsigned', here))
  }
  if (before) {
    const follows = batch.number === before.number + 1 && batch.first === before.last + 1
    if (!follows || batch.previous !== before.hash) faults.push(fault('batch_missing', here))
    // Purging goes from the oldest on, and leaves one batch to stand for all that went.
    if (batch.purged) faults.push(fault('batch_altered', here))
  } else if (!batch.purged && !(batch.number === 1 && batch.first === 1 && batch.previous === '')) {
    faults.push(fault('batch_missing', here))
  }
  return faults
}

const entryFaults = (batch: EventBatch, entries: readonly SealedEntry[]): readonly ChainFault[] => {
  const faults: ChainFault[] = []
  const byNumber = new Map(entries.map((entry) => [entry.number, entry]))
  for (let number = batch.first; number <= batch.last; number += 1) {
    const entry = byNumber.get(number)
    if (!entry) faults.push(fault('entry_missing', { batch: batch.number, entry: number }))
    else if (entry.batch !== batch.number || !isGenuine(entry)) {
      faults.push(fault('entry_altered', { batch: batch.number, entry: number, id: entry.id }))
    }
  }
  // Payload and hash altered together, or places exchanged: the seal tells that, and not which.
  if (faults.length === 0 && entriesHash(batch.first, entries) !== batch.entries) {
    faults.push(fault('entries_altered', { batch: batch.number }))
  }
  return faults
}

/** An event is plain JSON by its type; the index signature is what TypeScript misses. */
const isGenuine = ({ salt, payload, payloadHash, indexed }: SealedEntry): boolean =>
  indexed && saltedHash(salt, payload as unknown as Json) === payloadHash

/** Entries with a number that no batch closed over. */
const insertedFaults = async (
  chain: ChainReader,
  floor: EventBatch | undefined,
  head: EventBatch | undefined,
): Promise<readonly ChainFault[]> => {
  const first = floor ? (floor.purged ? floor.last + 1 : floor.first) : 1
  const outside = await chain.outside(first, head?.last ?? 0, MOST_FAULTS)
  if (outside.length === 0) return []
  // Sealed meanwhile is no fault.
  const later = await chain.batches(head?.number ?? 0, PAGE)
  return outside
    .filter(({ number }) => !later.some((batch) => batch.first <= number && number <= batch.last))
    .map(({ id, number }) => fault('entry_inserted', { entry: number, id }))
}
