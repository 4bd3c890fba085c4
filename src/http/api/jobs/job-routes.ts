/** What is to be done in the background: waiting, running, and given up on. */
import type { JobId } from '../../../base/ids.ts'
import type { Json } from '../../../base/json.ts'
import { ok } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { Job } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { change } from '../change.ts'
import { idIn } from '../find.ts'
import { listParameters, listQuery, WhyParameter } from '../parameters.ts'
import { refuse } from '../problem.ts'
import { type ApiRoute, route } from '../route.ts'
import { Instant, instant, ListOf, pageAnswer } from '../shapes.ts'

const TAG = 'Jobs'
const STATES = ['waiting', 'running', 'dead'] as const

const JobView = Closed(
  {
    id: Type.String({ format: 'id' }),
    kind: Type.String(),
    key: Type.Union([Type.String(), Type.Null()]),
    state: Type.Enum([...STATES]),
    due_at: Instant('When it is, or was, to be done.'),
    attempts: Type.Integer({ description: 'How often it was tried.' }),
    last_error: Type.Union([Type.String(), Type.Null()]),
  },
  { title: 'Job' },
)

/** Its payload may hold what was meant for somebody else's mailbox, so it is never told. */
const jobView = (job: Job): Json => ({
  id: job.id,
  kind: job.kind,
  key: job.key,
  state: job.state,
  due_at: instant(job.dueAt),
  attempts: job.attempts,
  last_error: job.lastError,
})

export const jobRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: TAG,
    id: 'jobs.list',
    summary: 'Lists jobs. `state=dead` are those that were given up.',
    method: 'GET',
    path: '/jobs',
    permission: 'jobs.read',
    query: Closed({ ...listParameters, state: Type.Optional(Type.Enum([...STATES])) }),
    response: ListOf(JobView),
    handle: async ({ query, caller }) => {
      const asked = { ...listQuery(query, caller), ...(query.state === undefined ? {} : { state: query.state }) }
      return ok(pageAnswer(await deps.store.jobs.list(deps.store.read, asked), jobView))
    },
  }),
  route({
    tag: TAG,
    id: 'jobs.retry',
    summary: 'Takes a job that was given up on up again, with all its tries before it.',
    method: 'POST',
    path: '/jobs/:job/retry',
    permission: 'jobs.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: async (call) => {
      const id = idIn<JobId>(call.params, 'job')
      const retried = await change(deps, call, async ({ tx, now, record }) => {
        if (!(await deps.store.jobs.retry(tx, id, now)))
          return refuse('not_found', 'No job of that id was given up on.')
        await record('job.retried', `jobs/${id}`)
        // Jobs may run in another process than this.
        await deps.store.changes.note(tx, 'jobs', id)
        return ok(null)
      })
      if (!retried.ok) return retried
      deps.jobs.poke()
      return ok({})
    },
  }),
  route({
    tag: TAG,
    id: 'jobs.delete',
    summary: 'Takes a job away for good.',
    method: 'DELETE',
    path: '/jobs/:job',
    permission: 'jobs.write',
    query: WhyParameter,
    response: null,
    status: 204,
    handle: async (call) => {
      const id = idIn<JobId>(call.params, 'job')
      const removed = await change(deps, call, async ({ tx, record }) => {
        if (!(await deps.store.jobs.remove(tx, id))) return refuse('not_found', 'There is no such job.')
        await record('job.removed', `jobs/${id}`)
        return ok(null)
      })
      return removed.ok ? ok({}) : removed
    },
  }),
]
