/** Sends a `WireResponse` with the headers that every answer of ours has. */
import type { ServerResponse } from 'node:http'
import type { WireResponse } from '../base/wire.ts'
import { writeCookie } from './cookies.ts'

// A year, for this very host: what else the domain serves is not ours to decide (RFC 6797 §6.1).
const STRICT_TRANSPORT = { 'strict-transport-security': 'max-age=31536000' }

/** Writes the answer; nothing may follow. */
export const send = (
  raw: ServerResponse,
  response: WireResponse,
  meta: { id: string; https: boolean; strictTransport?: boolean; head?: boolean },
): void => {
  const body = response.body ?? ''
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const headers: Record<string, string | number | string[]> = {
    'x-content-type-options': 'nosniff',
    // Not `no-referrer`: Chromium would then send `Origin: null` with our own forms (A72).
    'referrer-policy': 'same-origin',
    'x-gatehouse-id': meta.id,
    ...(meta.strictTransport ? STRICT_TRANSPORT : undefined),
    ...response.headers,
    'content-length': length,
  }
  if (response.cookies && response.cookies.length > 0) {
    headers['set-cookie'] = response.cookies.map((cookie) => writeCookie(cookie, meta.https))
  }
  raw.writeHead(response.status, headers)
  if (meta.head) raw.end()
  // The same bytes where all of it is ASCII, and Node writes them from the stack instead of making room for three times
  // as many.
  else raw.end(body, length === body.length ? 'latin1' : 'utf8')
}
