/** Makes the `WireRequest` that handlers see. Query and cookies are parsed when first asked for: hot routes need neither. */
import type { IncomingMessage } from 'node:http'
import type { WireRequest } from '../base/wire.ts'
import { readCookies } from './cookies.ts'
import type { Incoming } from './incoming.ts'

export const isHttps = (origin: string): boolean => origin.startsWith('https:')

/** `form` is the decoded body of a form post, or null. */
export const wireRequest = (
  raw: IncomingMessage,
  incoming: Incoming,
  meta: { now: number; id: string },
  form: URLSearchParams | null,
): WireRequest => {
  let query: URLSearchParams | undefined
  let cookies: WireRequest['cookies'] | undefined
  return {
    method: raw.method ?? 'GET',
    path: incoming.path,
    get query() {
      query ??= new URLSearchParams(incoming.search)
      return query
    },
    headers: raw.headers as WireRequest['headers'],
    get cookies() {
      cookies ??= readCookies(raw.headers.cookie, isHttps(incoming.origin))
      return cookies
    },
    form,
    ip: incoming.ip,
    origin: incoming.origin,
    now: meta.now,
    id: meta.id,
    ...(incoming.forwarded === null ? {} : { forwarded: incoming.forwarded }),
  }
}

/** The peer closed its connection before the request was through: nobody is there to answer, and nothing went wrong here. */
export class ClientGone extends Error {
  constructor() {
    super('the client went away')
    this.name = 'ClientGone'
  }
}

/** Reads a body up to `limit` bytes; null where it is longer. The rest of a longer one is not read. */
export const readBody = (raw: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    const announced = Number(raw.headers['content-length'] ?? 0)
    if (announced > limit) return resolve(null)
    const chunks: Buffer[] = []
    let size = 0
    raw.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        raw.pause()
        return resolve(null)
      }
      chunks.push(chunk)
    })
    raw.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    const gone = () => reject(new ClientGone())
    raw.on('error', gone)
    raw.on('aborted', gone)
  })

/** A form body, or null where the bytes are no UTF-8 or hold a NUL (M13). */
export const parseForm = (body: Buffer): URLSearchParams | null => {
  const text = body.toString('utf8')
  const form = new URLSearchParams(text)
  // Without escapes, what the values hold is what the text holds.
  if (!text.includes('%')) return /[\0\ufffd]/.test(text) ? null : form
  for (const [name, value] of form) if (/\0|\ufffd/.test(name) || /\0|\ufffd/.test(value)) return null
  return form
}
