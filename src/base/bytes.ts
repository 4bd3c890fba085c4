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

/** Whether `given` is `held`, in time that depends on the length of `given` alone. */
export const sameBytes = (given: Uint8Array | string, held: Uint8Array | string): boolean => {
  const [a, b] = [Buffer.from(given as string), Buffer.from(held as string)]
  const sameLength = a.length === b.length
  return timingSafeEqual(a, sameLength ? b : a) && sameLength
}
