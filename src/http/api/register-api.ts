/**
 * Mounts the API below `/api/v1`. Fastify routes and reads bodies; what a request may hold, who may reach what and how a
 * failure reads is decided in this room. No other door's body parsers are taken over: a form or plain text, which any
 * page may post across sites, is refused before it is read (F05).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ok, type Result } from '../../base/result.ts'
import type { WireRequest, WireResponse } from '../../base/wire.ts'
import { answerReply } from '../answer-reply.ts'
import { contextOf } from '../front.ts'
import { methodsAt } from '../methods-at.ts'
import { wireRequest } from '../wire-request.ts'
import { admit } from './admit.ts'
import { answerCall } from './answer-call.ts'
import type { ApiDeps } from './api-deps.ts'
import { createAuthenticate } from './authenticate.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, problem, refuse } from './problem.ts'
import type { ApiRoute } from './route.ts'
import { apiRoutes } from './routes.ts'

const BODY_LIMIT = 1024 * 1024
const JSON_TYPES = ['application/json', 'application/merge-patch+json']

type Entry = { readonly request: WireRequest; readonly caller: Caller | null }

export const registerApi = (app: FastifyInstance, deps: ApiDeps): void => {
  const routes = apiRoutes(deps)
  void app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
        done(null, body),
      )
      const wire = wireWith(deps)
      const answer = answerWith(deps, wire)
      scope.setNotFoundHandler((request, reply) => answer(request, reply, nothingThere(deps, routes, wire(request))))
      scope.setErrorHandler((error, request, reply) =>
        answer(request, reply, failed(deps, wire(request), error, reply)),
      )
      const authenticate = createAuthenticate(deps)
      for (const route of routes) mount(scope, deps, route, { wire, authenticate, answer })
    },
    { prefix: '/api/v1' },
  )
}

type Door = {
  readonly wire: (request: FastifyRequest) => WireRequest
  readonly authenticate: ReturnType<typeof createAuthenticate>
  readonly answer: AnswerReply
}

const mount = (scope: FastifyInstance, deps: ApiDeps, route: ApiRoute, { wire, authenticate, answer }: Door): void => {
  const admitted = new WeakMap<FastifyRequest, Entry>()
  scope.route({
    method: route.method === 'GET' ? ['GET', 'HEAD'] : route.method,
    url: route.path,
    exposeHeadRoute: false,
    bodyLimit: BODY_LIMIT,
    onRequest: async (raw, reply) => {
      const request = wire(raw)
      const judged = await admit(deps, authenticate, route, request)
      const readable = judged.ok ? checkCoding(request) : judged
      if (judged.ok && readable.ok) {
        admitted.set(raw, { request, caller: judged.value })
        return undefined
      }
      if (!readable.ok) answer(raw, reply, problem(request, readable.error, deps.webPath))
      return reply
    },
    handler: async (raw, reply) => {
      const entry = admitted.get(raw)
      if (!entry) throw new Error(`a request to ${route.id} that was not admitted`)
      const body = raw.body instanceof Uint8Array ? raw.body : null
      // Fastify gives every declared parameter as text.
      const params = raw.params as Readonly<Record<string, string>>
      answer(raw, reply, await answerCall(deps, route, { ...entry, params, body }))
      return reply
    },
  })
}

/** A body is never unpacked: a kilobyte could become a gigabyte (M14). */
const checkCoding = (request: WireRequest): Result<true, ApiFailure> => {
  const coding = request.headers['content-encoding'] ?? 'identity'
  return coding === 'identity' ? ok(true) : refuse('unsupported_media_type', 'Send the body as it is, not packed.')
}

const wireWith =
  (deps: ApiDeps) =>
  (request: FastifyRequest): WireRequest => {
    const { incoming, id } = contextOf(request.raw)
    return wireRequest(request.raw, incoming, { now: deps.clock.now(), id }, null)
  }

type AnswerReply = (request: FastifyRequest, reply: FastifyReply, response: WireResponse) => void

const answerWith =
  (deps: ApiDeps, wire: Door['wire']): AnswerReply =>
  (request, reply, response) =>
    answerReply(request, reply, response, (error) => failed(deps, wire(request), error, reply))

const nothingThere = (deps: ApiDeps, routes: readonly ApiRoute[], request: WireRequest): WireResponse => {
  const methods = methodsAt(routes, request.path.slice('/api/v1'.length))
  if (methods.length === 0) {
    return problem(request, refuse('not_found', 'There is no such address in the API.').error, deps.webPath)
  }
  const allow = methods.join(', ')
  const response = problem(request, refuse('method_not_allowed', `This address takes ${allow}.`).error, deps.webPath)
  return { ...response, headers: { ...response.headers, allow } }
}

const failed = (deps: ApiDeps, request: WireRequest, error: unknown, reply: FastifyReply): WireResponse => {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  // The unread rest of a body that is too long would be taken for the next request.
  if (status === 413) reply.raw.setHeader('connection', 'close')
  const failure = failureOf(status)
  if (failure.code === 'internal') deps.log.error('a request failed', error, { request: request.id })
  return problem(request, failure, deps.webPath)
}

/** What Fastify refused before a route's handler, in our words. */
const failureOf = (status: unknown): ApiFailure => {
  if (status === 413) return refuse('too_large', 'A body may have one MiB.').error
  if (status === 415) return refuse('unsupported_media_type', 'Send `Content-Type: application/json`.').error
  if (typeof status === 'number' && status < 500) return refuse('malformed', 'The request cannot be read.').error
  return refuse('internal', 'The request failed; its id finds the reason in the log.').error
}
