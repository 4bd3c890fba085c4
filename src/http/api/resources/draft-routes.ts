/**
 * Drafts of a resource: kept, judged, compared, published (DESIGN §3, §6). A draft serves nobody; whoever reads it is told
 * what publishing it would do, or what it would be refused for.
 */
import type { Json, JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'
import { nodeChanges } from '../../../flow/node-changes.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import type { ResourceFailure } from '../../../resources/edit/failure.ts'
import type { Version } from '../../../resources/resources.ts'
import type { StoredDraft } from '../../../store/store.ts'
import type { ApiDeps } from '../api-deps.ts'
import { asApiFailure, authorOf } from '../author.ts'
import { ChangeParameters } from '../parameters.ts'
import { checkPreconditions } from '../preconditions.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { ActorShape, Difference, Instant, instant } from '../shapes.ts'
import { editResource, notThere } from './edit-resource.ts'
import { isForeign } from './is-foreign.ts'
import { ResourceValues, ResourceView } from './resource-view.ts'

const AnyObject = Type.Object({}, { additionalProperties: true })
const Note = Type.Union([Line({ minLength: 1 }), Type.Null()], { description: 'Why; kept with what is published.' })

const DraftBody = Closed({
  spec: AnyObject,
  based_on: Type.Optional(
    Type.Integer({
      minimum: 0,
      description: 'The revision that it was begun from; 0 for none. Left out, it stays what it was.',
    }),
  ),
  note: Type.Optional(Note),
})
type DraftBody = Static<typeof DraftBody>

const Problem = Closed(
  {
    code: Type.String(),
    message: Type.String(),
    errors: Type.Array(Closed({ path: Type.String(), message: Type.String() })),
  },
  { title: 'DraftProblem', description: 'What publishing it would be refused for now.' },
)

const DraftView = Closed(
  {
    spec: AnyObject,
    based_on: Type.Integer(),
    note: Note,
    saved_by: ActorShape,
    saved_at: Instant('When it was saved last.'),
    changes: Type.Union([Difference.properties.changes, Type.Null()], {
      description: 'What publishing it would change; null where it would be refused.',
    }),
    problem: Type.Union([Problem, Type.Null()]),
  },
  { title: 'Draft' },
)

const Versions = Closed({
  from: Type.String({ default: 'published', maxLength: 12, description: 'A revision, `published` or `draft`.' }),
  to: Type.String({ default: 'draft', maxLength: 12, description: 'A revision, `published` or `draft`.' }),
})
type Versions = Static<typeof Versions>

const Changes = Difference.properties.changes
const NodesView = Closed(
  {
    added: Type.Array(Type.String()),
    removed: Type.Array(Type.String()),
    changed: Type.Array(
      Closed({
        node: Type.String(),
        edges: Type.Array(
          Closed({
            outcome: Type.String(),
            before: Type.Optional(Type.Unknown()),
            after: Type.Optional(Type.Unknown()),
          }),
        ),
        settings: Changes,
      }),
    ),
    flow: Changes,
  },
  { title: 'FlowChanges', description: 'The same of a flow, by its nodes.' },
)
const Comparison = Closed({ changes: Changes, nodes: Type.Optional(NodesView) }, { title: 'Comparison' })

export const draftRoutes = (deps: ApiDeps, type: ResourceType, tag: string): ApiRoute[] => {
  const one = `/${type.type}/:slug`
  return [
    route({
      tag,
      id: `${type.type}.draft`,
      summary: `Tells the draft of one ${type.singular}, and what publishing it would do.`,
      method: 'GET',
      path: `${one}/draft`,
      permission: type.read,
      response: DraftView,
      handle: async (call) => {
        const draft = await draftOf(deps, type, call)
        return draft.ok ? tell(deps, type, call, draft.value) : draft
      },
    }),
    route({
      tag,
      id: `${type.type}.draft.put`,
      summary: `Saves the draft of one ${type.singular}. It serves nobody until it is published.`,
      description: 'It must keep to the schema; whether it compiles and passes lint is told, and holds at publishing.',
      method: 'PUT',
      path: `${one}/draft`,
      permission: type.write,
      body: DraftBody,
      shownBody: Closed({ ...DraftBody.properties, spec: ResourceValues(type) }),
      response: DraftView,
      handle: (call) => save(deps, type, call),
    }),
    route({
      tag,
      id: `${type.type}.draft.delete`,
      summary: `Throws the draft of one ${type.singular} away.`,
      method: 'DELETE',
      path: `${one}/draft`,
      permission: type.write,
      response: null,
      status: 204,
      handle: (call) => discard(deps, type, call),
    }),
    route({
      tag,
      id: `${type.type}.publish`,
      summary: `Publishes the draft of one ${type.singular}, as a new revision.`,
      description:
        'A conflict where another revision was published since the draft was begun: the errors say what it changed. `If-Match` is for the entity tag of the draft.',
      method: 'POST',
      path: `${one}/publish`,
      permission: type.write,
      query: ChangeParameters,
      response: ResourceView(type),
      handle: (call) => publish(deps, type, call),
    }),
    route({
      tag,
      id: `${type.type}.compare`,
      summary: `Tells what differs between two versions of one ${type.singular}. A secret shows as changed only.`,
      method: 'GET',
      path: `${one}/compare`,
      permission: type.read,
      query: Versions,
      response: Comparison,
      handle: (call) => compare(deps, type, call),
    }),
  ]
}

type Asked = Pick<Call, 'params' | 'caller' | 'request' | 'preconditions'>

const addressOf = (type: ResourceType, { params }: Pick<Call, 'params'>) => ({
  type: type.type,
  slug: params.slug ?? '',
})

const draftTag = ({ id }: StoredDraft): string => `"${id}"`

const noDraft = (type: ResourceType, slug: string) =>
  refuse('not_found', `There is no draft of a ${type.singular} "${slug}".`)

/** Another organisation's is as unknown as none (I16). */
const draftOf = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Pick<Call, 'params' | 'caller'>,
): Promise<Result<StoredDraft, ApiFailure>> => {
  const address = addressOf(type, call)
  const draft = await deps.drafts.get(address)
  return draft?.organisation === call.caller.person.user.organisation ? ok(draft) : noDraft(type, address.slug)
}

const authorOfDraft = (call: Asked) => authorOf({ ...call, query: {} })

const tell = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Asked,
  draft: StoredDraft,
): Promise<Result<Answer, ApiFailure>> => {
  const judged = await deps.drafts.judge(authorOfDraft(call), draft)
  const mayWrite = call.caller.permissions.has(type.write)
  const body: JsonObject = {
    spec: draft.spec,
    based_on: draft.basedOn,
    note: draft.note,
    saved_by: draft.actor,
    saved_at: instant(draft.savedAt),
    changes: judged.ok ? judged.value.changes.map((one) => ({ ...one })) : null,
    problem: judged.ok ? null : problemOf(judged.error, mayWrite),
  }
  return ok({ body, tag: draftTag(draft) })
}

/** Who would be locked out, and by what, is for those who may change it. */
const problemOf = ({ code, message, issues }: ResourceFailure, mayWrite: boolean): Json => ({
  code,
  message,
  errors: code === 'locked_out' && !mayWrite ? [] : issues.map((issue) => ({ ...issue })),
})

const save = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Call<unknown, DraftBody>,
): Promise<Result<Answer, ApiFailure>> => {
  const address = addressOf(type, call)
  if (await isForeign(deps, type, call)) return notThere(type, address.slug)
  const seen = await seenBy(deps, type, call)
  if (!seen.ok) return seen
  const { spec, based_on: basedOn, note } = call.body
  const saved = await deps.drafts.save(authorOfDraft(call), {
    ...address,
    ...seen.value,
    spec,
    ...(basedOn === undefined ? {} : { basedOn }),
    ...(note === undefined ? {} : { note }),
  })
  return saved.ok ? tell(deps, type, call, saved.value) : { ok: false, error: asApiFailure(saved.error) }
}

/** The draft that the caller's precondition is about; nothing where they made none. */
const seenBy = async (
  deps: ApiDeps,
  type: ResourceType,
  { preconditions, ...call }: Asked,
): Promise<Result<{ readonly seen?: string | null }, ApiFailure>> => {
  if (preconditions.match === null && preconditions.noneMatch === null) return ok({})
  const draft = await deps.drafts.get(addressOf(type, call))
  const held = checkPreconditions(preconditions, draft ? draftTag(draft) : null)
  return held.ok ? ok({ seen: draft?.id ?? null }) : held
}

const discard = async (deps: ApiDeps, type: ResourceType, call: Asked): Promise<Result<Answer, ApiFailure>> => {
  const draft = await draftOf(deps, type, call)
  if (!draft.ok) return draft
  const held = checkPreconditions(call.preconditions, draftTag(draft.value))
  if (!held.ok) return held
  const discarded = await deps.drafts.discard({ ...addressOf(type, call), seen: draft.value.id })
  return discarded.ok ? ok({}) : { ok: false, error: asApiFailure(discarded.error) }
}

const publish = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Call<ChangeParameters>,
): Promise<Result<Answer, ApiFailure>> => {
  const draft = await draftOf(deps, type, call)
  if (!draft.ok) return draft
  const held = checkPreconditions(call.preconditions, draftTag(draft.value))
  if (!held.ok) return held
  // What is judged from here on is this very draft, and it is of the revision that it was begun from.
  const unconditional = { ...call, preconditions: { match: null, noneMatch: null } }
  return editResource(deps, type, unconditional, {
    after: () => ok(draft.value.spec),
    perform: (author, edit) => deps.drafts.publish(author, { ...edit, seen: draft.value.id }),
  })
}

const compare = async (
  deps: ApiDeps,
  type: ResourceType,
  call: Call<Versions>,
): Promise<Result<Answer, ApiFailure>> => {
  const address = addressOf(type, call)
  if (await isForeign(deps, type, call)) return notThere(type, address.slug)
  const [from, to] = [readVersion(call.query.from), readVersion(call.query.to)]
  if (from === null || to === null) {
    const path = from === null ? 'from' : 'to'
    return refuse('invalid', 'There is no such version.', [{ path, message: 'is no revision, `published` or `draft`' }])
  }
  if ([from, to].includes('draft')) {
    const draft = await draftOf(deps, type, call)
    if (!draft.ok) return draft
  }
  const changes = await deps.resources.diff(address, from, to)
  if (!changes.ok) return { ok: false, error: asApiFailure(changes.error) }
  const told = changes.value.map((one) => ({ ...one }))
  // Field changes are plain JSON.
  const nodes = type.type === 'flows' ? { nodes: nodeChanges(changes.value) as unknown as Json } : {}
  return ok({ body: { changes: told, ...nodes } })
}

const readVersion = (text: string): Version | null => {
  if (text === 'published' || text === 'draft') return text
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}
