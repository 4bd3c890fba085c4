/**
 * Errors as `application/problem+json` (RFC 9457) with a stable `code`. One map says which status a code has and what it
 * is called; nothing else in this room names a status for a failure.
 */
import { type Fail, type Failure, fail } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import { json, type WireRequest, type WireResponse } from '../../base/wire.ts'

type Kind = { readonly status: number; readonly title: string }

/** Every code there is, for the reference too. */
export const PROBLEMS = {
  malformed: { status: 400, title: 'The request cannot be read.' },
  bad_query: { status: 400, title: 'The query is not valid.' },
  not_signed_in: { status: 401, title: 'Nobody is signed in.' },
  token_refused: { status: 401, title: 'The token is not accepted.' },
  cross_site: { status: 403, title: 'The request does not come from a page of ours.' },
  permission_missing: { status: 403, title: 'A permission is missing.' },
  not_yours: { status: 403, title: 'This belongs to somebody else.' },
  administrator_only: { status: 403, title: 'Only an administrator may do this.' },
  grants_too_much: { status: 403, title: 'Nobody gives what they do not hold.' },
  proof_needed: { status: 403, title: 'Who you are must be proven again.' },
  step_up_required: { status: 403, title: 'The sign-in is not strong or fresh enough.' },
  not_from_here: { status: 403, title: 'This cannot be administered from here.' },
  not_found: { status: 404, title: 'Nothing stands there.' },
  method_not_allowed: { status: 405, title: 'This cannot be done here.' },
  conflict: { status: 409, title: 'It collides with what stands.' },
  in_use: { status: 409, title: 'It is in use.' },
  managed_by_file: { status: 409, title: 'A configuration file manages it.' },
  reserved: { status: 409, title: 'The name is reserved, or it always stands.' },
  locked_out: { status: 409, title: 'Nobody would be left who can administer.' },
  tests_failed: { status: 409, title: 'Policy tests fail.' },
  needs_yes: { status: 409, title: 'More would go than goes unasked.' },
  mail_unavailable: { status: 409, title: 'No mail can be sent.' },
  precondition_failed: { status: 412, title: 'It is not as it was when you read it.' },
  too_large: { status: 413, title: 'The request is too long.' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON.' },
  invalid: { status: 422, title: 'The values are not valid.' },
  internal: { status: 500, title: 'Something went wrong here.' },
  busy: { status: 503, title: 'Too much is asked at once.' },
} as const satisfies Readonly<Record<string, Kind>>

export type ProblemCode = keyof typeof PROBLEMS

/** `message` is for whoever asks; `detail` is for the log. */
export type ApiFailure = Failure<ProblemCode> & {
  readonly issues?: readonly Issue[]
  /** Where what is missing can be proven: the address of a flow. */
  readonly stepUp?: string
}

export const refuse = (code: ProblemCode, message: string, issues?: readonly Issue[]): Fail<ApiFailure> =>
  issues === undefined ? fail(code, message) : { ok: false, error: { code, message, issues } }

/** The answer that a failure is. `type` leads to the page that explains the code. */
export const problem = (request: WireRequest, failure: ApiFailure, webPath: string): WireResponse => {
  const { status, title } = PROBLEMS[failure.code]
  const body = {
    type: `${request.origin}${webPath}api/v1/docs#${failure.code}`,
    title,
    status,
    code: failure.code,
    detail: failure.message,
    ...(failure.issues === undefined ? {} : { errors: failure.issues }),
    ...(failure.stepUp === undefined ? {} : { step_up: failure.stepUp }),
    request: request.id,
  }
  return json(status, body, { 'content-type': 'application/problem+json', ...headersFor(failure.code) })
}

const headersFor = (code: ProblemCode): Readonly<Record<string, string>> => {
  // RFC 6750 §3: without a token no error is told, with a bad one `invalid_token`.
  if (code === 'not_signed_in') return { 'www-authenticate': 'Bearer realm="gatehouse"' }
  if (code === 'token_refused') return { 'www-authenticate': 'Bearer realm="gatehouse", error="invalid_token"' }
  return code === 'busy' ? { 'retry-after': '2' } : {}
}
