/**
 * Whoever administers by the session of a browser is as strongly signed in as the settings ask: two factors, and a proof
 * of lately where access is handed out (DESIGN §13). A token is another door, with a door-keeper of its own: one that may
 * administer is made by such a session, by `gatehouse token`, or by another token of the kind (E21).
 */
import { ok, type Result } from '../../base/result.ts'
import type { WireRequest } from '../../base/wire.ts'
import { administrationOf, CONSOLE_PATH, decideConsole } from '../../core/console.ts'
import { flowAddress } from '../../core/flow-address.ts'
import { requestFacts } from '../../core/provider-ports.ts'
import { SENSITIVE } from '../../domain/permissions/permission.ts'
import type { ApiDeps } from './api-deps.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'
import type { ApiRoute } from './route.ts'

export const checkAssurance = async (
  deps: ApiDeps,
  { permission, handsOut = false }: Pick<ApiRoute, 'permission' | 'handsOut'>,
  caller: Caller | null,
  request: WireRequest,
): Promise<Result<true, ApiFailure>> => {
  if (caller?.kind !== 'session' || permission === 'public') return ok(true)
  // What is one's own is no administration, unless it would carry what one may administer.
  if (permission === 'self' && !(handsOut && caller.permissions.size > 0)) return ok(true)
  const { session, person, permissions } = caller
  const decision = decideConsole({
    person,
    permissions,
    session,
    request: requestFacts(request),
    now: request.now,
    administration: administrationOf(await deps.snapshot()),
    sensitive: permission === 'self' || SENSITIVE.has(permission),
  })
  if (decision.outcome === 'allow') return ok(true)
  const says = decision.reasons.flatMap((reason) => (reason.holds ? [] : [reason.says])).join(' ')
  if (decision.outcome === 'deny') return refuse('not_from_here', says)
  const flow = deps.flowSlug('step_up', null, request.origin)
  const stepUp = flowAddress(deps.webPath, flow, CONSOLE_PATH)
  return { ok: false, error: { code: 'step_up_required', message: says, stepUp } }
}
