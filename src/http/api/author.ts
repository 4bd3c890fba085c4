/** Who edits configuration through the API. No `file`: then no secret may name the server's own variables or files (I12). */
import { requestFacts } from '../../core/provider-ports.ts'
import { clientOf } from '../../core/recorder.ts'
import type { Author } from '../../resources/edit/author.ts'
import type { ResourceFailure } from '../../resources/edit/failure.ts'
import { actorOfCaller } from './caller.ts'
import type { ApiFailure } from './problem.ts'
import type { Call } from './route.ts'

type Asked = Pick<Call, 'caller' | 'request'> & { readonly query: { readonly why?: string } }

export const authorOf = ({ caller, request, query }: Asked): Author => ({
  actor: actorOfCaller(caller),
  client: clientOf(requestFacts(request)),
  from: requestFacts(request),
  ...(query.why === undefined ? {} : { why: query.why }),
})

/** Failures of configuration are the API's own, code by code. */
export const asApiFailure = ({ issues, ...failure }: ResourceFailure): ApiFailure =>
  issues.length > 0 ? { ...failure, issues } : failure
