/**
 * Sealing under one key: AES-256-GCM with nonces of 192 bits (XAES-256-GCM, c2sp.org/XAES-256-GCM). The first half of
 * the nonce makes a key of its own, the second half is GCM's nonce under it.
 *
 * Why not 96 bits: strangers may have us seal as often as they like (every page of a flow), and with random nonces of
 * 96 bits one key is spent after 2^32 values (NIST SP 800-38D §8.3). One repeat gives away GCM's authentication key.
 *
 * Making a key costs as much as sealing with it, so the first half is drawn anew only every so many values: under one
 * such key a repeat stays as unlikely as 2^-56, and opening finds the key of a moment ago again.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../../base/random.ts'

export const NONCE_BYTES = 24
export const TAG_BYTES = 16

export type Aead = {
  /** Answers nonce and cipher text; the tag is the cipher text's end. */
  seal(plain: Uint8Array, associated: Uint8Array, random: Random): { nonce: Uint8Array; box: Buffer }
  /** `null` where nonce, box, associated data and key do not belong together. */
  open(nonce: Uint8Array, box: Uint8Array, associated: Uint8Array): Buffer | null
}

/** `key` has 256 bits. */
export const aead = (key: KeyObject): Aead => {
  const subkey = remembered(subkeyOf(key))
  let prefix = new Uint8Array()
  let left = 0
  return {
    seal(plain, associated, random) {
      const anew = left === 0
      const nonce = anew ? random(NONCE_BYTES) : Buffer.concat([prefix, random(NONCE_BYTES / 2)])
      if (anew) {
        // A copy, which `slice` of a Buffer is not: what was given out may be a window of a larger one, or be wiped.
        prefix = Uint8Array.from(nonce.subarray(0, NONCE_BYTES / 2))
        left = VALUES_OF_ONE
      }
      left -= 1
      const cipher = createCipheriv('aes-256-gcm', subkey(nonce), nonce.subarray(12))
      cipher.setAAD(associated)
      return { nonce, box: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) }
    },
    open(nonce, box, associated) {
      if (nonce.length !== NONCE_BYTES || box.length < TAG_BYTES) return null
      // Said outright, so that no shorter tag is ever taken: those are guessed in fewer tries.
      const decipher = createDecipheriv('aes-256-gcm', subkey(nonce), nonce.subarray(12), { authTagLength: TAG_BYTES })
      decipher.setAAD(associated)
      decipher.setAuthTag(box.subarray(-TAG_BYTES))
      const plain = decipher.update(box.subarray(0, -TAG_BYTES))
      try {
        decipher.final()
        return plain
      } catch {
        return null
      }
    },
  }
}

const VALUES_OF_ONE = 2 ** 20
const MOST_REMEMBERED = 64

/** Those made last. What a stranger makes up in a nonce pushes others out, and costs what it would have cost anyway. */
const remembered = (make: (nonce: Uint8Array) => KeyObject): ((nonce: Uint8Array) => KeyObject) => {
  const made = new Map<string, KeyObject>()
  return (nonce) => {
    const name = Buffer.from(nonce.buffer, nonce.byteOffset, NONCE_BYTES / 2).toString('latin1')
    const known = made.get(name)
    if (known) return known
    const key = make(nonce)
    made.set(name, key)
    if (made.size > MOST_REMEMBERED) {
      const [oldest = ''] = made.keys()
      made.delete(oldest)
    }
    return key
  }
}

/** CMAC with a 96-bit prefix as a key derivation (NIST SP 800-108r1 §4.1), two blocks of one counter each. */
const subkeyOf = (key: KeyObject): ((nonce: Uint8Array) => KeyObject) => {
  const mask = doubled(encrypt(key, Buffer.alloc(16)))
  return (nonce) => {
    const blocks = Buffer.alloc(32)
    for (const counter of [1, 2]) {
      const at = (counter - 1) * 16
      blocks[at + 1] = counter
      blocks[at + 2] = LABEL
      blocks.set(nonce.subarray(0, 12), at + 4)
      for (let byte = 0; byte < 16; byte++) blocks[at + byte] = (blocks[at + byte] ?? 0) ^ (mask[byte] ?? 0)
    }
    // A cipher takes four times as long to begin with bare bytes.
    return createSecretKey(encrypt(key, blocks))
  }
}

const LABEL = 'X'.charCodeAt(0)

// Single blocks of a pseudo-random function, not a mode of encryption: each input differs from the next.
const encrypt = (key: KeyObject, blocks: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-ecb', key, null)
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(blocks), cipher.final()])
}

/** Doubling in GF(2^128), as CMAC makes its first subkey (RFC 4493 §2.3). */
const doubled = (block: Buffer): Buffer => {
  const out = Buffer.alloc(16)
  for (let byte = 0; byte < 16; byte++) out[byte] = ((block[byte] ?? 0) << 1) | ((block[byte + 1] ?? 0) >> 7)
  if ((block[0] ?? 0) & 0x80) out[15] = (out[15] ?? 0) ^ 0x87
  return out
}
