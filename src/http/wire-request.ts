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
): WireRequest => new LazyRequest(raw, incoming, meta, form)

// A class: its getters are made once, not for each request.
class LazyRequest implements WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: WireRequest['headers']
  readonly form: URLSearchParams | null
  readonly ip: string
  readonly origin: string
  readonly now: number
  readonly id: string
  readonly forwarded?: NonNullable<WireRequest['forwarded']>
  readonly #search: string
  #query: URLSearchParams | undefined
  #cookies: WireRequest['cookies'] | undefined

  constructor(
    raw: IncomingMessage,
    incoming: Incoming,
    meta: { now: number; id: string },
    form: URLSearchParams | null,
  ) {
    this.method = raw.method ?? 'GET'
    this.path = incoming.path
    this.headers = raw.headers as WireRequest['headers']
    this.form = form
    this.ip = incoming.ip
    this.origin = incoming.origin
    this.now = meta.now
    this.id = meta.id
    if (incoming.forwarded !== null) this.forwarded = incoming.forwarded
    this.#search = incoming.search
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search)
    return this.#query
  }

  get cookies(): WireRequest['cookies'] {
    this.#cookies ??= readCookies(this.headers.cookie, isHttps(this.origin))
    return this.#cookies
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
export const readBody = async (raw: IncomingMessage, limit: number): Promise<Buffer | null> => {
  const announced = Number(raw.headers['content-length'] ?? 0)
  if (announced > limit) return null
  // The body of a short request is there with its head, and known once the parser is through with what came.
  if (!raw.complete) await null
  if (!raw.complete) return readRest(raw, limit)
  const whole: Buffer = raw.read() ?? NOTHING
  return whole.length > limit ? null : whole
}

const NOTHING = Buffer.alloc(0)

const readRest = (raw: IncomingMessage, limit: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
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
    // It went while something else was waited for: nothing will tell of it any more.
    if (raw.destroyed) return gone()
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
