/** Sends a `WireResponse` with the headers that every answer of ours has. */
import type { ServerResponse } from 'node:http'
import type { WireResponse } from '../base/wire.ts'
import { writeCookie } from './cookies.ts'

/** Writes the answer; nothing may follow. */
export const send = (
  raw: ServerResponse,
  response: WireResponse,
  meta: { id: string; https: boolean; head?: boolean },
): void => {
  const body = response.body ?? ''
  const headers: Record<string, string | number | string[]> = {
    'x-content-type-options': 'nosniff',
    // Not `no-referrer`: Chromium would then send `Origin: null` with our own forms (A72).
    'referrer-policy': 'same-origin',
    'x-gatehouse-id': meta.id,
    ...response.headers,
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
  }
  if (response.cookies && response.cookies.length > 0) {
    headers['set-cookie'] = response.cookies.map((cookie) => writeCookie(cookie, meta.https))
  }
  raw.writeHead(response.status, headers)
  raw.end(meta.head ? undefined : body)
}
