/**
 * Changes by a browser's session come from a page of ours, and from one that was given this session's token (F05). Both:
 * a page on another host can bring neither, and either alone has been got around elsewhere.
 */
import { sameBytes } from '../../base/bytes.ts'
import { ok, type Result } from '../../base/result.ts'
import type { WireRequest } from '../../base/wire.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { isSameOrigin } from '../same-origin.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'

export const CSRF_HEADER = 'x-gatehouse-csrf'

/** Bound to the session, and told by `GET /api/v1/me`. */
export const csrfToken = (ring: Pick<KeyRing, 'hash'>, session: Session): string => ring.hash('csrf', session.id)

/** A bearer token needs neither: no browser sends one by itself. */
export const checkCsrf = (
  ring: Pick<KeyRing, 'hash'>,
  caller: Caller | null,
  request: WireRequest,
): Result<true, ApiFailure> => {
  if (caller?.kind !== 'session' || request.method === 'GET' || request.method === 'HEAD') return ok(true)
  if (!isSameOrigin(request)) {
    return refuse('cross_site', 'A change by session must come from a page of this sign-in service.')
  }
  const given = request.headers[CSRF_HEADER] ?? ''
  if (sameBytes(given, csrfToken(ring, caller.session))) return ok(true)
  return refuse('cross_site', `The header ${CSRF_HEADER} must hold the \`csrf\` that GET /api/v1/me tells.`)
}
