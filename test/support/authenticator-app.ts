/**
 * An authenticator app, written from RFC 6238 alone: it shares nothing with what it is to agree with. It never shows a
 * code twice, so a test that is quicker than a step goes on with the code of the next, which a server takes too.
 */
import { createHmac } from 'node:crypto'

export type AuthenticatorApp = { nextCode(): string }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const STEP = 30_000

const fromBase32 = (text: string): Buffer => {
  const bits = [...text].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** `secret` as a page shows it: base32, in groups. `now` is the clock of the telephone. */
export const authenticatorApp = (secret: string, now: () => number = Date.now): AuthenticatorApp => {
  const key = fromBase32(secret.replace(/\s/g, ''))
  let last = -1
  return {
    nextCode: () => {
      last = Math.max(last + 1, Math.floor(now() / STEP))
      const counter = Buffer.alloc(8)
      counter.writeBigUInt64BE(BigInt(last))
      const mac = createHmac('sha1', key).update(counter).digest()
      const offset = (mac.at(-1) ?? 0) & 0xf
      return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
    },
  }
}
