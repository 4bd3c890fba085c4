/** Writes ASN.1 in DER (X.690), as far as a certificate needs it. Reading is left to OpenSSL. */

const tlv = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

/** X.690 §8.1.3: short below 128, else the bytes of the length behind their number. */
const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length])
  const bytes = bigEndian(length)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

const bigEndian = (value: number): number[] => (value === 0 ? [] : [...bigEndian(Math.floor(value / 256)), value % 256])

export const sequence = (...content: readonly Uint8Array[]): Buffer => tlv(0x30, ...content)
export const set = (...content: readonly Uint8Array[]): Buffer => tlv(0x31, ...content)
export const octets = (bytes: Uint8Array): Buffer => tlv(0x04, bytes)
export const utf8String = (text: string): Buffer => tlv(0x0c, Buffer.from(text, 'utf8'))
export const boolean = (value: boolean): Buffer => tlv(0x01, Buffer.from([value ? 0xff : 0]))

/** A positive integer, without leading zeros but the one that keeps it positive (§8.3). */
export const integer = (bytes: Uint8Array): Buffer => {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const body = bytes.subarray(start)
  return tlv(0x02, (body[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), body)
}

/** `unused` of the last bits say nothing (§8.6). */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), bytes)

/** An object identifier from its dotted form (§8.19). */
export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

const base128 = (value: number): number[] => {
  const bytes = [value % 128]
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) bytes.unshift((left % 128) | 0x80)
  return bytes
}

/** A moment in whole seconds: two digits for the year until 2049, four from then on (RFC 5280 §4.1.2.5). */
export const time = (at: number): Buffer => {
  const digits = new Date(at).toISOString().replace(/\.\d+Z$|[-:T]/g, '')
  return digits < '2050' ? tlv(0x17, Buffer.from(`${digits.slice(2)}Z`)) : tlv(0x18, Buffer.from(`${digits}Z`))
}

/** A tag of the surrounding structure: around a whole value, or in place of a primitive one's own. */
export const explicit = (number: number, content: Uint8Array): Buffer => tlv(0xa0 | number, content)
export const implicit = (number: number, bytes: Uint8Array): Buffer => tlv(0x80 | number, bytes)
