/** People who made an account that waits: listed, and let in or turned away. */
import { ok, type Result } from '../../../base/result.ts'
import { isWaiting, settleApproval } from '../../../core/enrolment/settle-approval.ts'
import { clientOf } from '../../../core/recorder.ts'
import type { ApiDeps } from '../api-deps.ts'
import { actorOfCaller } from '../caller.ts'
import { change } from '../change.ts'
import { findUser } from '../find.ts'
import { WhyParameter } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ListOf, wholeAnswer } from '../shapes.ts'
import { aboutPerson } from '../targets.ts'
import { readWhole } from '../users/read-users.ts'
import { UserView, userView } from '../users/user-values.ts'

const TAG = 'Approvals'
const MOST = 500

export const approvalRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'approvals.list',
    summary: 'Lists people who wait for a yes, the longest first; five hundred at most.',
    method: 'GET',
    path: '/approvals',
    permission: 'users.read',
    response: ListOf(UserView),
    handle: async ({ caller }) => {
      const { store } = deps
      const waiting = await store.users.held(store.read, caller.person.user.organisation, 'approval', MOST)
      const groups = new Map((await store.groups.all(store.read)).map((group) => [group.id, group]))
      const whole = []
      for (const user of waiting) whole.push(await readWhole(store, store.read, user))
      return ok(wholeAnswer(whole.map((one) => userView(one, groups))))
    },
  }),
  route({
    tag: TAG,
    id: 'users.approve',
    summary: 'Says yes to somebody who waits: they may sign in, and are told.',
    method: 'POST',
    path: '/users/:user/approve',
    permission: 'users.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => settle(deps, call, true),
  }),
  route({
    tag: TAG,
    id: 'users.refuse',
    summary: 'Says no to somebody who waits: the account is deleted, and they are told.',
    method: 'POST',
    path: '/users/:user/refuse',
    permission: 'users.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: (call) => settle(deps, call, false),
  }),
]

const settle = async (deps: ApiDeps, call: Call<WhyParameter>, yes: boolean): Promise<Result<Answer, ApiFailure>> => {
  const done = await change(deps, call, async (changing) => {
    const user = await findUser(deps.store, changing.tx, call.caller, call.params.user ?? '')
    if (!user.ok) return user
    const allowed = changing.allows('users.write', await aboutPerson(changing, user.value))
    if (!allowed.ok) return allowed
    if (!isWaiting(user.value)) return refuse('conflict', `${user.value.username} does not wait for a yes.`)
    const why = call.query.why
    await settleApproval(deps, changing.tx, user.value, yes, {
      actor: actorOfCaller(call.caller),
      client: clientOf(changing.facts),
      ...(why === undefined ? {} : { why }),
      origin: call.request.origin,
      now: changing.now,
    })
    return ok(null)
  })
  return done.ok ? ok({ status: 204, body: null }) : done
}
