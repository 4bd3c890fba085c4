/** An id that follows from a name (RFC 9562 §5.8, UUIDv8 over SHA-256): for what comes in twice and must be one. */
import { sha256 } from './bytes.ts'

export const uuidOf = (name: string): string => {
  const bytes = sha256(name).subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
