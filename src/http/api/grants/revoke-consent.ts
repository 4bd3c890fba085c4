/** Takes a consent back, and ends what the client was given by it (A42). */
import { ok, type Result } from '../../../base/result.ts'
import type { User } from '../../../domain/users/user.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type Changing, change } from '../change.ts'
import type { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { Answer, Call } from '../route.ts'
import { aboutPerson } from '../targets.ts'

/** By whoever may end grants, or by the person themself. */
export const revokeConsent = async (
  deps: ApiDeps,
  call: Call<WhyParameter>,
  by: 'grants.end' | 'self',
  whose: (changing: Changing) => Promise<Result<User, ApiFailure>>,
): Promise<Result<Answer, ApiFailure>> => {
  const client = call.params.client ?? ''
  const revoked = await change(deps, call, async (changing) => {
    const { tx, now } = changing
    const user = await whose(changing)
    if (!user.ok) return user
    const { id } = user.value
    const allowed = changing.allows(by, by === 'self' ? { userId: id } : await aboutPerson(changing, user.value))
    if (!allowed.ok) return allowed
    const consent = await deps.store.consents.get(tx, id, client)
    if (!consent) return refuse('not_found', 'There is no such consent.')
    await deps.store.consents.remove(tx, id, client)
    const ended = await deps.store.grants.endAllOf(tx, id, now, 'consent revoked', client)
    const detail = { client, application: consent.application, ended }
    await changing.record('consent.revoked', `users/${id}`, detail)
    return ok(null)
  })
  return revoked.ok ? ok({}) : revoked
}
