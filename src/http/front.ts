/**
 * What stands before the framework: turns away what asks for no address of ours, answers health and the hot routes,
 * and hands the rest on with what was found out about it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../base/clock.ts'
import { json, redirect, type WireResponse } from '../base/wire.ts'
import type { HotRoutes, Matched } from './hot-routes.ts'
import { type Incoming, judgeIncoming, type Turned } from './incoming.ts'
import { send } from './send.ts'
import type { Site } from './site.ts'
import { ClientGone, isHttps, parseForm, readBody, wireRequest } from './wire-request.ts'

export type Context = { readonly incoming: Incoming; readonly id: string }

/** What the framework's handlers find beside the raw request. */
const contexts = new WeakMap<IncomingMessage, Context>()
export const contextOf = (raw: IncomingMessage): Context => {
  const context = contexts.get(raw)
  if (!context) throw new Error('a request that did not come through the front')
  return context
}

export type FrontDeps = {
  readonly site: () => Site | Promise<Site>
  readonly hot: HotRoutes
  readonly framework: (request: IncomingMessage, response: ServerResponse) => void
  readonly health: (path: string) => Promise<WireResponse>
  readonly turned: (turned: Turned, id: string) => WireResponse
  readonly clock: Clock
  readonly newId: () => string
  readonly log: (message: string, error: unknown, id: string) => void
  /** Counts an answered hot request. */
  readonly observe: (route: string, status: number, seconds: number) => void
}

const FORM = 'application/x-www-form-urlencoded'
const BODY_LIMIT = 64 * 1024

export const createFront = (deps: FrontDeps) => {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = deps.newId()
    try {
      const found = deps.site()
      const site = found instanceof Promise ? await found : found
      const incoming = judgeIncoming(request, site)
      if ('turn' in incoming) return send(response, deps.turned(incoming, id), { id, https: false })
      if (incoming.origin === '')
        return send(response, await deps.health(incoming.path), { id, https: false, head: request.method === 'HEAD' })
      const matched = deps.hot.match(request.method ?? '', incoming.path)
      if (matched) return await answerHot(deps, request, response, incoming, matched, id)
      contexts.set(request, { incoming, id })
      deps.framework(request, response)
    } catch (error) {
      if (error instanceof ClientGone) return
      deps.log('a request failed', error, id)
      if (!response.headersSent)
        send(response, json(500, { code: 'internal', title: 'Something went wrong here.', request: id }), {
          id,
          https: false,
        })
      else response.destroy()
    }
  }
  return (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response)
  }
}

const answerHot = async (
  deps: FrontDeps,
  request: IncomingMessage,
  response: ServerResponse,
  incoming: Incoming,
  { route, params }: Matched,
  id: string,
): Promise<void> => {
  const started = performance.now()
  const { strictTransport } = incoming
  const meta = { id, https: isHttps(incoming.origin), strictTransport, head: request.method === 'HEAD' }
  let form: URLSearchParams | null = null
  if (request.method === 'POST') {
    const read = await readForm(request, route.bodyLimit ?? BODY_LIMIT)
    if (read instanceof URLSearchParams || read === null) form = read
    else {
      // The unread rest of a body that is too long would be taken for the next request.
      if (read.status === 413) response.setHeader('connection', 'close')
      return send(response, read, meta)
    }
  }
  const answered = route.handle(wireRequest(request, incoming, { now: deps.clock.now(), id }, form), params)
  const reply = answered instanceof Promise ? await answered : answered
  send(response, reply, meta)
  deps.observe(route.path, reply.status, (performance.now() - started) / 1000)
}

/** The form of a post; null where the body is not a form; an answer where it cannot be taken. */
const readForm = async (request: IncomingMessage, limit: number): Promise<URLSearchParams | null | WireResponse> => {
  const body = await readBody(request, limit)
  if (body === null) return oauthError(413, 'The request is too long.')
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== FORM) return null
  return parseForm(body) ?? oauthError(400, 'The request is not valid UTF-8 text.')
}

// Every hot route that takes a body speaks OAuth, and this is how OAuth says no (RFC 6749 §5.2).
const oauthError = (status: number, description: string): WireResponse =>
  json(status, { error: 'invalid_request', error_description: description })

/** The answers to requests that were turned away, without a page's style: they ask for none of our addresses. */
export const answerTurned = (turned: Turned): WireResponse => {
  const plain = (status: number, text: string): WireResponse => ({
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: `${text}\n`,
  })
  switch (turned.turn) {
    case 'malformed':
      return plain(400, 'This request cannot be read.')
    case 'elsewhere':
      return plain(404, 'Nothing is here.')
    case 'to_web_path':
      return redirect(turned.location)
    case 'to_https':
      return {
        ...plain(308, `Use ${turned.location}`),
        headers: { location: turned.location, 'content-type': 'text/plain; charset=utf-8' },
      }
    case 'unknown_host':
      return plain(
        421,
        turned.right
          ? `This is not the address of this sign-in service. Use ${turned.right}`
          : 'This is not an address of this sign-in service.',
      )
  }
}
