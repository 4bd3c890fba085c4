/**
 * One declaration a route: address, permission, schemas, words for the reference, and what answers. Validation, the
 * permission check, OpenAPI and the reference page all come from it, so none can differ from another. A route without a
 * permission does not compile.
 */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Static, TSchema } from '../../base/schema.ts'
import type { SetCookie, WireRequest } from '../../base/wire.ts'
import type { Permission } from '../../domain/permissions/permission.ts'
import type { Caller } from './caller.ts'
import type { Preconditions } from './preconditions.ts'
import type { ApiFailure } from './problem.ts'

export type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'

/** What a handler sees: everything parsed, and who asks. */
export type Call<Query = unknown, Body = unknown> = {
  readonly request: WireRequest
  readonly caller: Caller
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly preconditions: Preconditions
}

export type PublicCall = Pick<Call, 'request' | 'params' | 'preconditions'>

export type Answer = {
  /** 200, or 204 without a body, unless said otherwise. */
  readonly status?: number
  readonly body?: Json
  /** Where `body` is not JSON: the text and its headers. */
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly SetCookie[]
  /** Entity tag, quotes included. */
  readonly tag?: string
  /** Path of what was made, below `/api/v1`. */
  readonly location?: string
}

export type Answered = Result<Answer, ApiFailure> | Promise<Result<Answer, ApiFailure>>

type Words = {
  /** The heading it stands under. */
  readonly tag: string
  /** As in an address: `users.list`. */
  readonly id: string
  readonly summary: string
  readonly description?: string
}

type Shape<Query extends TSchema, Body extends TSchema> = Words & {
  readonly method: Method
  /** Below `/api/v1`; `:user` stands for one segment. */
  readonly path: string
  readonly query?: Query
  readonly body?: Body
  /** For the reference, where the body is parsed by whoever takes it on. */
  readonly shownBody?: TSchema
  /** Of the body that is answered; null where there is none. */
  readonly response: TSchema | null
  /** What is one's own may administer all the same, where one does: a token may do what its owner may (E21). */
  readonly handsOut?: boolean
  /** Status of the ordinary answer, for the reference. */
  readonly status?: number
}

export type ApiRoute = Shape<TSchema, TSchema> &
  (
    | { readonly permission: Permission | 'self'; handle(call: Call): Answered }
    | { readonly permission: 'public'; handle(call: PublicCall): Answered }
  )

/** A route for whoever holds the permission, or for what is one's own. */
export const route = <Query extends TSchema = TSchema, Body extends TSchema = TSchema>(
  declared: Shape<Query, Body> & {
    readonly permission: Permission | 'self'
    handle(call: Call<Static<Query>, Static<Body>>): Answered
  },
): ApiRoute =>
  // Query and body are parsed by these very schemas before the handler is called.
  declared as ApiRoute

/** A route that needs no one. */
export const publicRoute = (declared: Shape<TSchema, TSchema> & { handle(call: PublicCall): Answered }): ApiRoute => ({
  ...declared,
  permission: 'public',
})
