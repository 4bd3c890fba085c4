/** Whether a request may reach its route: who asks, from where, and whether they hold the permission it declares. */
import { ok, type Result } from '../../base/result.ts'
import type { WireRequest } from '../../base/wire.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { clientOf } from '../../core/recorder.ts'
import { authorize } from '../../policy/authorize.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Authenticate } from './authenticate.ts'
import { actorOfCaller, authorizedActor, type Caller, isBounded } from './caller.ts'
import { checkAssurance } from './check-assurance.ts'
import { checkCsrf } from './csrf.ts'
import { type ApiFailure, type ProblemCode, refuse } from './problem.ts'
import type { ApiRoute } from './route.ts'

/** The caller; null where the route needs none. Judged before the body is read: strangers give us nothing to parse. */
export const admit = async (
  deps: ApiDeps,
  authenticate: Authenticate,
  route: Pick<ApiRoute, 'permission' | 'handsOut'>,
  request: WireRequest,
): Promise<Result<Caller | null, ApiFailure>> => {
  if (route.permission === 'public') return ok(null)
  const authenticated = await authenticate(request)
  if (!authenticated.ok) return authenticated
  const caller = authenticated.value
  const genuine = checkCsrf(deps.ring, caller, request)
  if (!genuine.ok) return refused(deps, caller, request, genuine.error)
  const allowed = authorize(caller && authorizedActor(caller), route.permission)
  if (!allowed.ok) return refused(deps, caller, request, allowed.error)
  if (caller && route.permission === 'self' && isBounded(caller)) {
    const failure = refuse(
      'permission_missing',
      'A token with a list of permissions reaches the routes of these alone.',
    )
    return refused(deps, caller, request, failure.error)
  }
  const strong = await checkAssurance(deps, route, caller, request)
  return strong.ok ? ok(caller) : strong
}

const FORBIDDEN: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'cross_site',
  'permission_missing',
  'not_yours',
  'administrator_only',
  'grants_too_much',
])

const refused = async (
  deps: ApiDeps,
  caller: Caller | null,
  request: WireRequest,
  failure: ApiFailure,
): Promise<Result<never, ApiFailure>> => {
  await recordRefusal(deps, caller, request, failure)
  return { ok: false, error: failure }
}

/** Somebody known tried what they may not: an event, wherever it was found out. */
export const recordRefusal = async (
  deps: Pick<ApiDeps, 'recorder'>,
  caller: Caller | null,
  request: WireRequest,
  failure: ApiFailure,
): Promise<void> => {
  if (!caller || !FORBIDDEN.has(failure.code)) return
  await deps.recorder.alone({
    type: 'permission.refused',
    actor: actorOfCaller(caller),
    detail: {
      method: request.method,
      path: request.path,
      reason: failure.code,
      ...(failure.detail === undefined ? {} : { permission: failure.detail }),
    },
    client: clientOf(requestFacts(request)),
  })
}
