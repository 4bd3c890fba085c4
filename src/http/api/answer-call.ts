/** Answers one admitted request: its parts parsed by the route's schemas, the handler called, its answer or failure told. */
import type { Json } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import { Closed, parse } from '../../base/schema.ts'
import type { WireRequest, WireResponse } from '../../base/wire.ts'
import { annotated } from '../../resources/schema/annotated-schema.ts'
import { parseNode } from '../../resources/schema/parse-spec.ts'
import { recordRefusal } from './admit.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { isCurrent, type Preconditions, readPreconditions } from './preconditions.ts'
import { type ApiFailure, problem, refuse } from './problem.ts'
import { readJson } from './read-json.ts'
import { isText, readQuery } from './read-query.ts'
import type { Answer, ApiRoute, Call, PublicCall } from './route.ts'
import { storeFailure } from './store-failure.ts'

export type Admitted = {
  readonly request: WireRequest
  /** Null at a public route. */
  readonly caller: Caller | null
  readonly params: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

export const answerCall = async (deps: ApiDeps, route: ApiRoute, admitted: Admitted): Promise<WireResponse> => {
  const result = await handle(route, admitted)
  if (result.ok) return respond(deps, route, admitted.request, result.value)
  await recordRefusal(deps, admitted.caller, admitted.request, result.error)
  return problem(admitted.request, result.error, deps.webPath)
}

const handle = async (route: ApiRoute, admitted: Admitted): Promise<Result<Answer, ApiFailure>> => {
  const call = readCall(route, admitted)
  if (!call.ok) return call
  try {
    if (route.permission === 'public') return await route.handle(call.value)
    const { caller } = admitted
    if (!caller) throw new Error(`nobody was admitted to ${route.id}`)
    return await route.handle({ ...call.value, caller })
  } catch (error) {
    const failure = storeFailure(error)
    if (failure) return { ok: false, error: failure }
    throw error
  }
}

type Read = PublicCall & Pick<Call, 'query' | 'body'>

const readCall = (route: ApiRoute, { request, params, body }: Admitted): Result<Read, ApiFailure> => {
  const given = Object.values(params)
  if (given.includes('')) return refuse('not_found', 'There is no such address in the API.')
  if (given.some((value) => !isText(value))) {
    return refuse('malformed', 'The address holds characters that nothing is named by.')
  }
  const query = readQuery(route.query ?? NOTHING, request.query)
  if (!query.ok) return refuse('bad_query', 'The query is not valid.', query.error)
  const read = readBody(route, body)
  if (!read.ok) return read
  return ok({
    request,
    params,
    query: query.value,
    body: read.value,
    preconditions: readPreconditions(request.headers),
  })
}

const NOTHING = Closed({})

const readBody = (route: ApiRoute, body: Uint8Array | null): Result<unknown, ApiFailure> => {
  const given = body === null || body.length === 0 ? null : readJson(body)
  if (given && !given.ok) return refuse('malformed', `The body ${given.error}.`)
  if (!route.body) return noBody(given?.value)
  // A verb may leave out what is all optional; a PUT without a body would replace with nothing.
  const parsed = parseNode(annotated(route.body), given?.value ?? (route.method === 'POST' ? {} : null))
  if (parsed.ok) return parsed
  if (!given) return refuse('malformed', 'The body is missing; it must be JSON.')
  return refuse('invalid', 'The values are not valid.', parsed.error)
}

/** Where nothing is to be said, nothing but an empty object is taken: a slip must not look like success. */
const noBody = (given: Json | undefined): Result<undefined, ApiFailure> => {
  if (given === undefined || parse(NOTHING, given).ok) return ok(undefined)
  return refuse('invalid', 'This takes no body.')
}

const respond = (deps: ApiDeps, route: ApiRoute, request: WireRequest, answer: Answer): WireResponse => {
  const response = withoutCookies(deps, route, request, answer)
  return answer.cookies === undefined ? response : { ...response, cookies: answer.cookies }
}

const withoutCookies = (deps: ApiDeps, route: ApiRoute, request: WireRequest, answer: Answer): WireResponse => {
  const preconditions: Preconditions = readPreconditions(request.headers)
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    ...answer.headers,
    ...(answer.tag === undefined ? {} : { etag: answer.tag }),
    ...(answer.location === undefined ? {} : { location: `${deps.webPath}api/v1${answer.location}` }),
  }
  if (route.method === 'GET' && answer.tag !== undefined && isCurrent(preconditions, answer.tag)) {
    return { status: 304, headers }
  }
  if (answer.text !== undefined) return { status: answer.status ?? 200, headers, body: answer.text }
  if (answer.body === undefined) return { status: answer.status ?? 204, headers }
  headers['content-type'] = 'application/json'
  return { status: answer.status ?? 200, headers, body: JSON.stringify(answer.body) }
}
