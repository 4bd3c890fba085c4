/** Bytes and their spellings. */
import { hash, timingSafeEqual } from 'node:crypto'

export const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes as string).toString('base64url')

/** Decodes strictly: anything but canonical unpadded base64url is `null`, so that one value has one spelling. */
export const fromBase64url = (text: string): Uint8Array | null => {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

export const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8')

export const sha256 = (data: Uint8Array | string): Buffer => hash('sha256', data, 'buffer')

/** Compares in time that depends on neither input: both are hashed first, so not even their lengths show. */
export const sameBytes = (a: Uint8Array | string, b: Uint8Array | string): boolean =>
  timingSafeEqual(sha256(a), sha256(b))
