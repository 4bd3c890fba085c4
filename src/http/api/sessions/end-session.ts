/** Ends sessions, with what was given by them, each with its event. */
import type { SessionId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import { requestFacts } from '../../../core/provider-ports.ts'
import { clientOf } from '../../../core/recorder.ts'
import type { Permission } from '../../../domain/permissions/permission.ts'
import type { User } from '../../../domain/users/user.ts'
import type { EventDraft } from '../../../events/event.ts'
import type { ApiDeps } from '../api-deps.ts'
import { actorOfCaller } from '../caller.ts'
import { type Changing, change } from '../change.ts'
import { idIn } from '../find.ts'
import type { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { Answer, Call } from '../route.ts'
import { aboutPerson } from '../targets.ts'

/** What ending all of them answers. */
export const Ended = Closed({ ended: Type.Integer({ description: 'How many there were.' }) })

type Asked = Call<WhyParameter>
type Whose = (changing: Changing) => Promise<Result<User, ApiFailure>>
/** `self` for one's own: then nobody else is touched, and no permission over people is needed. */
type By = (Permission & 'sessions.end') | 'self'

const noSession = () => refuse('not_found', 'There is no such session.')

/** One session of the person that `whose` finds. Another person's session is as unknown as none (I08). */
export const endOne = async (deps: ApiDeps, call: Asked, by: By, whose: Whose): Promise<Result<Answer, ApiFailure>> => {
  const ended = await change(deps, call, async (changing) => {
    const user = await whose(changing)
    if (!user.ok) return user
    const allowed = changing.allows(by, await targetOf(by, changing, user.value))
    if (!allowed.ok) return allowed
    const session = await deps.store.sessions.byId(changing.tx, idIn<SessionId>(call.params, 'session'))
    if (session?.userId !== user.value.id) return noSession()
    await deps.sessions.end(changing.tx, session, eventOf(call, 'session.ended', `sessions/${session.id}`))
    return ok(null)
  })
  return ended.ok ? ok({}) : ended
}

/** Every session of the person. `except` stays. */
export const endAll = async (
  deps: ApiDeps,
  call: Asked,
  by: By,
  whose: Whose,
  except?: SessionId,
): Promise<Result<Answer, ApiFailure>> => {
  const ended = await change(deps, call, async (changing) => {
    const user = await whose(changing)
    if (!user.ok) return user
    const allowed = changing.allows(by, await targetOf(by, changing, user.value))
    if (!allowed.ok) return allowed
    const event = eventOf(call, 'session.all_ended', `users/${user.value.id}`)
    return ok(await deps.sessions.endAll(changing.tx, user.value.id, event, except))
  })
  return ended.ok ? ok({ body: { ended: ended.value } }) : ended
}

const targetOf = async (by: By, changing: Changing, user: User) =>
  by === 'self' ? { userId: user.id } : aboutPerson(changing, user)

const eventOf = (call: Asked, type: EventDraft['type'], target: string): EventDraft => ({
  type,
  actor: actorOfCaller(call.caller),
  target,
  ...(call.query.why === undefined ? {} : { detail: { why: call.query.why } }),
  client: clientOf(requestFacts(call.request)),
  organisation: call.caller.person.user.organisation,
})
