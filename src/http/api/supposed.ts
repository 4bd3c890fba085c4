/**
 * What is supposed by a question that nothing is done for (why, simulate, a policy's trial): who, from where, when; and
 * what is wrong with a draft that comes along. What is left out is as it is for whoever asks.
 */
import { isIP } from 'node:net'
import { ok, type Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import type { WireRequest } from '../../base/wire.ts'
import type { Person } from '../../domain/people/person.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'
import { readInstant } from './shapes.ts'

export const questionInvalid = (path: string, message: string): Result<never, ApiFailure> =>
  refuse('invalid', 'The question is not valid.', [{ path, message }])

/** Somebody of the caller's own organisation; of another they are as unknown as nobody (I16). */
export const supposedPerson = async (
  deps: Pick<ApiDeps, 'people'>,
  caller: Caller,
  user: string,
): Promise<Result<Person, ApiFailure>> => {
  const person = await deps.people.byLogin(user)
  if (person?.user.organisation === caller.person.user.organisation) return ok(person)
  return questionInvalid('user', `nobody is called "${user}"`)
}

export type SupposedRequest = Pick<WireRequest, 'ip' | 'origin'> & { readonly userAgent: string; readonly at: number }

export const supposedRequest = (
  request: WireRequest,
  body: { readonly ip?: string; readonly user_agent?: string; readonly at?: string },
): Result<SupposedRequest, ApiFailure> => {
  const { ip = request.ip, user_agent: userAgent = request.headers['user-agent'] ?? '' } = body
  if (isIP(ip) === 0) return questionInvalid('ip', 'is no address')
  const at = body.at === undefined ? request.now : readInstant(body.at)
  if (at === null) return questionInvalid('at', 'is no instant')
  return ok({ ip, userAgent, origin: request.origin, at })
}

/** Its faults, where they stand in the question. */
export const draftInvalid = (issues: readonly Issue[]): Result<never, ApiFailure> =>
  refuse(
    'invalid',
    'The draft is not valid.',
    issues.map((issue) => ({ ...issue, path: issue.path === '' ? 'draft' : `draft.${issue.path}` })),
  )
