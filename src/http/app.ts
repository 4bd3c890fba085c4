/** Fastify as router and body reader for what is not hot: pages, flows, the API. Handlers return `WireResponse`. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '../base/clock.ts'
import type { WireRequest, WireResponse } from '../base/wire.ts'
import type { Route } from '../kinds/contract/provider.ts'
import { answerReply } from './answer-reply.ts'
import { contextOf } from './front.ts'
import type { HotRoutes } from './hot-routes.ts'
import { methodsAt } from './methods-at.ts'
import { parseForm, wireRequest } from './wire-request.ts'

export type Handler = (
  request: WireRequest,
  params: Readonly<Record<string, string>>,
) => WireResponse | Promise<WireResponse>

export type App = {
  readonly fastify: FastifyInstance
  /** Mounts a handler that speaks `WireRequest`; HEAD follows GET. */
  route(method: 'GET' | 'POST' | 'OPTIONS', path: string, handler: Handler, options?: { bodyLimit?: number }): void
  /** Every method and path that was mounted, the API's too: tests walk them, so that none is forgotten (A72). */
  routes(): readonly { readonly method: string; readonly path: string }[]
  /** Ready to be given requests that came through the front. */
  ready(): Promise<(request: IncomingMessage, response: ServerResponse) => void>
}

export type AppDeps = {
  readonly clock: Clock
  readonly log: (message: string, error: unknown, id: string) => void
  readonly notFound: Handler
  /** For an address that is there and does not take this method; `allow` is the header's value. */
  readonly wrongMethod: (request: WireRequest, allow: string) => WireResponse
  readonly hot: Pick<HotRoutes, 'methodsAt'>
  readonly failed: (request: WireRequest, error: unknown) => WireResponse
}

const PAGE_BODY_LIMIT = 64 * 1024

const noSchemas = (): never => {
  throw new Error('routes have no schemas of the framework')
}

export const createApp = (deps: AppDeps): App => {
  let framework: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  const fastify = Fastify({
    logger: false,
    bodyLimit: 1024 * 1024,
    // What a request may hold is read by our own schemas. Unasked, Fastify would load two compilers for its own.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // Paths were judged by the front; a second, laxer reading must not disagree with it.
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: 200 },
    serverFactory: (handler): Server => {
      framework = handler
      return createServer()
    },
    // An address that the router cannot read: a percent sign before no byte, a name that is too long.
    frameworkErrors: (error, request, reply) => {
      answer(request, reply, deps.failed(wire(request), error))
    },
    rewriteUrl: (raw) => {
      const { incoming } = contextOf(raw as IncomingMessage)
      return incoming.path + incoming.search
    },
  })
  const mounted: { method: string; path: string }[] = []
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) mounted.push({ method: one, path: url })
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, done) => {
    const form = parseForm(body as Buffer)
    if (form) done(null, form)
    else done(Object.assign(new Error('not UTF-8'), { statusCode: 400 }))
  })

  const wire = (request: FastifyRequest): WireRequest => {
    const { incoming, id } = contextOf(request.raw)
    const form = request.body instanceof URLSearchParams ? request.body : null
    return wireRequest(request.raw, incoming, { now: deps.clock.now(), id }, form)
  }
  const answer = (request: FastifyRequest, reply: FastifyReply, response: WireResponse): void =>
    answerReply(request, reply, response, (error, id) => {
      deps.log('an answer could not be sent', error, id)
      return deps.failed(wire(request), error)
    })

  fastify.setNotFoundHandler(async (request, reply) => {
    const asked = wire(request)
    const allowed = [...new Set([...methodsAt(mounted, asked.path), ...deps.hot.methodsAt(asked.path)])]
    answer(
      request,
      reply,
      allowed.length > 0 ? deps.wrongMethod(asked, allowed.join(', ')) : await deps.notFound(asked, {}),
    )
  })
  fastify.setErrorHandler(async (error: Error & { statusCode?: number }, request, reply) => {
    const { id } = contextOf(request.raw)
    const status = error.statusCode ?? 500
    if (status >= 500) deps.log('a request failed', error, id)
    // The unread rest of a body that is too long would be taken for the next request.
    if (status === 413) reply.raw.setHeader('connection', 'close')
    answer(request, reply, deps.failed(wire(request), error))
  })

  return {
    fastify,
    route: (method, path, handler, options) => {
      fastify.route({
        method: method === 'GET' ? ['GET', 'HEAD'] : method,
        url: path,
        exposeHeadRoute: false,
        bodyLimit: options?.bodyLimit ?? PAGE_BODY_LIMIT,
        handler: async (request, reply) => {
          answer(request, reply, await handler(wire(request), request.params as Record<string, string>))
        },
      })
    },
    routes: () => mounted,
    ready: async () => {
      await fastify.ready()
      if (!framework) throw new Error('the framework made no handler')
      return framework
    },
  }
}

/** Mounts the routes that provider kinds declare and that are not hot. */
export const mount = (app: App, routes: readonly Route[]): void => {
  for (const route of routes) {
    app.route(route.method, route.path, route.handle, route.bodyLimit ? { bodyLimit: route.bodyLimit } : {})
  }
}
