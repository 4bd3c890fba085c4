/**
 * The compact filter of passwords that leaked elsewhere: a Bloom filter in blocks of one disk page each, over SHA-1 (which
 * is what published lists hold), so that a check reads a single page of the file. It never misses a password of its list;
 * it takes about one in two thousand others for one of it.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A page on disk. The last four bytes of each hold the checksum of the others, so a check proves what it rests on. */
export const BLOCK = 4096
const BITS = (BLOCK - 4) * 8
/** Sixteen bits and eleven looks for each password. */
const BITS_EACH = 16
const LOOKS = 11
const MAGIC = 'GHBREACH'
const VERSION = 1
/** Beyond any list there is; keeps a corrupted head from asking for more than a file can hold. */
const MOST_BLOCKS = 2 ** 28

export type BreachedHead = { readonly entries: number; readonly blocks: number }

/** What the list holds of a password, and what is looked for: the SHA-1 of its bytes. */
export const breachedKey = (password: Uint8Array): Uint8Array => createHash('sha1').update(password).digest()

export const blocksFor = (entries: number): number => Math.max(1, Math.ceil((entries * BITS_EACH) / BITS))

/** In which block a key's bits are. */
export const blockOf = (key: Uint8Array, blocks: number): number => view(key).getUint32(0) % blocks

/** Enhanced double hashing (Dillinger and Manolios, 2004), over other bytes than those that chose the block. */
const bitsOf = (key: Uint8Array): number[] => {
  let at = view(key).getUint32(4) % BITS
  let step = view(key).getUint32(8) % BITS
  return Array.from({ length: LOOKS }, (_, look) => {
    const bit = at
    at = (at + step) % BITS
    step = (step + look + 1) % BITS
    return bit
  })
}

/** Sets the bits of a key in its block. */
export const addToBlock = (block: Uint8Array, key: Uint8Array): void => {
  for (const bit of bitsOf(key)) block[bit >> 3] = (block[bit >> 3] ?? 0) | (1 << (bit & 7))
}

export const isInBlock = (block: Uint8Array, key: Uint8Array): boolean =>
  bitsOf(key).every((bit) => ((block[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)

/** Writes the checksum; the number of the block is part of it, so that no block can stand in another's place. */
export const sealBlock = (block: Uint8Array, number: number): void => {
  view(block).setUint32(BLOCK - 4, checksum(block, number))
}

export const isSound = (block: Uint8Array, number: number): boolean =>
  block.length === BLOCK && view(block).getUint32(BLOCK - 4) === checksum(block, number)

const checksum = (block: Uint8Array, number: number): number => crc32(block.subarray(0, BLOCK - 4), number)

// The head is a block like the others; its number is none of theirs.
const HEAD = 0xffffffff

export const writeHead = ({ entries, blocks }: BreachedHead): Uint8Array => {
  const head = new Uint8Array(BLOCK)
  head.set(new TextEncoder().encode(MAGIC))
  view(head).setUint32(8, VERSION)
  view(head).setUint32(12, blocks)
  view(head).setBigUint64(16, BigInt(entries))
  sealBlock(head, HEAD)
  return head
}

/** Null for whatever is no head of a whole file of this size. */
export const readHead = (head: Uint8Array, fileSize: number): BreachedHead | null => {
  if (!isSound(head, HEAD) || new TextDecoder('latin1').decode(head.subarray(0, 8)) !== MAGIC) return null
  if (view(head).getUint32(8) !== VERSION) return null
  const blocks = view(head).getUint32(12)
  if (blocks < 1 || blocks > MOST_BLOCKS || fileSize !== (blocks + 1) * BLOCK) return null
  return { entries: Number(view(head).getBigUint64(16)), blocks }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
