/** The history of a resource: who changed what, when and why; one revision with its difference; and the way back. */
import type { Json, JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import type { Revision } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { asApiFailure } from '../author.ts'
import { ChangeParameters } from '../parameters.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ActorShape, Difference, Instant, instant, ListOf } from '../shapes.ts'
import { editResource, notThere } from './edit-resource.ts'
import { isForeign } from './is-foreign.ts'
import { ResourceView } from './resource-view.ts'

const told = {
  revision: Type.Integer(),
  at: Instant('When it was made.'),
  actor: ActorShape,
  why: Type.Union([Type.String(), Type.Null()]),
  deleted: Type.Boolean({ description: 'Whether this is the revision that deleted it.' }),
}
const RevisionView = Closed(told, { title: 'Revision' })
const WholeRevision = Closed(
  {
    ...told,
    spec: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
    changes: Difference.properties.changes,
  },
  { title: 'WholeRevision' },
)

const revisionView = (revision: Revision): JsonObject => ({
  revision: revision.revision,
  at: instant(revision.at),
  actor: revision.actor,
  why: revision.why,
  deleted: revision.spec === null,
})

const HistoryParameters = Closed({
  limit: Type.Integer({ minimum: 1, default: 50, description: 'How many at most; 200 is the most there is.' }),
})
type HistoryParameters = Static<typeof HistoryParameters>
const MOST = 200

const Undo = Closed({ revision: Type.Integer({ minimum: 1, description: 'The revision to go back to.' }) })
type Undo = Static<typeof Undo>

export const historyRoutes = (deps: ApiDeps, type: ResourceType, tag: string): ApiRoute[] => {
  const one = `/${type.type}/:slug`
  return [
    route({
      tag,
      id: `${type.type}.history`,
      summary: `Lists the revisions of one ${type.singular}, the newest first; also once it was deleted.`,
      method: 'GET',
      path: `${one}/history`,
      permission: type.read,
      query: HistoryParameters,
      response: ListOf(RevisionView),
      handle: (call) => listHistory(deps, type, call),
    }),
    route({
      tag,
      id: `${type.type}.revision`,
      summary: 'Tells one revision, and what it changed.',
      method: 'GET',
      path: `${one}/history/:revision`,
      permission: type.read,
      response: WholeRevision,
      handle: (call) => tellRevision(deps, type, call),
    }),
    route({
      tag,
      id: `${type.type}.undo`,
      summary: 'Goes back to an older revision, as a new one. Secrets stay as they are today.',
      method: 'POST',
      path: `${one}/undo`,
      permission: type.write,
      query: ChangeParameters,
      body: Undo,
      response: ResourceView(type),
      handle: (call) => undo(deps, type, call),
    }),
  ]
}

const listHistory = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Call<HistoryParameters>,
): Promise<Result<Answer, ApiFailure>> => {
  const slug = call.params.slug ?? ''
  if (await isForeign(deps, type, call)) return notThere(type, slug)
  const revisions = await deps.resources.history({ type: type.type, slug }, Math.min(call.query.limit, MOST))
  if (revisions.length === 0) return notThere(type, slug)
  return ok({ body: { items: revisions.map(revisionView), next: null } })
}

const tellRevision = async (deps: ApiDeps, type: ResourceType, call: Call): Promise<Result<Answer, ApiFailure>> => {
  const slug = call.params.slug ?? ''
  if (await isForeign(deps, type, call)) return notThere(type, slug)
  const number = /^[1-9]\d{0,8}$/.test(call.params.revision ?? '') ? Number(call.params.revision) : null
  const revision = number === null ? undefined : await find(deps, type, slug, number)
  if (!revision || number === null) return refuse('not_found', 'There is no such revision.')
  const changes = await deps.resources.diff({ type: type.type, slug }, number - 1, number)
  if (!changes.ok) return { ok: false, error: asApiFailure(changes.error) }
  const changed: Json = changes.value.map((one) => ({ ...one }))
  return ok({ body: { ...revisionView(revision), spec: revision.spec, changes: changed } })
}

const find = ({ store }: ApiDeps, type: ResourceType, slug: string, revision: number): Promise<Revision | undefined> =>
  store.resources.revision(store.read, type.type, slug, revision)

const undo = (deps: ApiDeps, type: ResourceType, call: Call<ChangeParameters, Undo>) => {
  const { revision } = call.body
  return editResource(deps, type, call, {
    after: async () => {
      const older = await find(deps, type, call.params.slug ?? '', revision)
      return older ? ok(older.spec) : refuse('not_found', `There is no revision ${revision} of it.`)
    },
    perform: (author, edit) => deps.resources.undo(author, { ...edit, revision }),
  })
}
