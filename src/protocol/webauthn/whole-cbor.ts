/**
 * Whether bytes are one CBOR item and nothing more (RFC 8949 §3; CTAP 2.1 §8: definite lengths, depth of four). Decoders
 * read a first item and leave the rest unseen, or follow a nest of lists until the stack ends: looked at before (E10).
 */

const DEEPEST = 8
const MOST_ITEMS = 1000

/** Where the item ends that begins at `start`; null where it is not sound. */
const endOfCbor = (bytes: Uint8Array, start = 0): number | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let items = 0

  /** The number after an initial byte, and where it ends; null for lengths that are open or reserved. */
  const argument = (at: number, info: number): { readonly value: number; readonly next: number } | null => {
    if (info < 24) return { value: info, next: at + 1 }
    const size = [1, 2, 4, 8][info - 24]
    if (size === undefined || at + 1 + size > bytes.length) return null
    if (size === 1) return { value: view.getUint8(at + 1), next: at + 2 }
    if (size === 2) return { value: view.getUint16(at + 1), next: at + 3 }
    if (size === 4) return { value: view.getUint32(at + 1), next: at + 5 }
    // Beyond what any text of ours holds; as a number it is skipped, as a length it is refused below.
    return { value: Number(view.getBigUint64(at + 1)), next: at + 9 }
  }

  const end = (at: number, depth: number): number | null => {
    items += 1
    const first = bytes[at]
    if (first === undefined || depth > DEEPEST || items > MOST_ITEMS) return null
    const major = first >> 5
    const head = argument(at, first & 0x1f)
    if (!head) return null
    const { value, next } = head
    if (major === 0 || major === 1 || major === 7) return next
    if (major === 2 || major === 3) return value <= bytes.length - next ? next + value : null
    // Tags stand nowhere in what authenticators say.
    if (major === 6) return null
    let inner: number | null = next
    for (let left = major === 5 ? value * 2 : value; left > 0 && inner !== null; left -= 1)
      inner = end(inner, depth + 1)
    return inner
  }

  return end(start, 0)
}

export const isWholeCbor = (bytes: Uint8Array): boolean => endOfCbor(bytes) === bytes.length
