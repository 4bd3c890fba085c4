/**
 * A flow walked as somebody would, without doing anything (DESIGN §6): as it stands, or as a draft would. A draft holds
 * expressions, and running one's own is for whoever may write flows (H09).
 */
import type { Json } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { CompiledFlow } from '../../../flow/compiled-flow.ts'
import { type JudgedEdge, type SimulatedStep, simulateFlow } from '../../../flow/simulate-flow.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { draftInvalid, questionInvalid, supposedPerson, supposedRequest } from '../supposed.ts'

const Name = Type.String({ minLength: 1, maxLength: 64 })
const MOST_CHOICES = 200

const Trial = Closed({
  user: Type.Optional(
    Type.String({ minLength: 1, maxLength: 254, description: 'Who walks it; left out, nobody that is known.' }),
  ),
  application: Type.Optional(Type.String({ maxLength: 63, description: 'Where it leads.' })),
  ip: Type.Optional(Type.String({ maxLength: 45, description: 'From where; left out, from where you ask.' })),
  user_agent: Type.Optional(Type.String({ maxLength: 400 })),
  at: Type.Optional(Type.String({ format: 'date-time', description: 'When; left out, now.' })),
  choices: Type.Record(
    Type.String({ maxLength: 63 }),
    Type.Union([Name, Type.Array(Name, { minItems: 1, maxItems: 20 })]),
    {
      default: {},
      maxProperties: MOST_CHOICES,
      description: 'How a node ends, by its name; a list for the first, second … time. Left out, as well as it can.',
    },
  ),
  draft: Type.Optional(
    Type.Union([Type.Literal(true), Type.Object({}, { additionalProperties: true })], {
      description: 'A flow to walk instead of the one that stands; `true` for the draft that is kept.',
    }),
  ),
})
type Trial = Static<typeof Trial>

const EdgeView = Closed({
  to: Type.String(),
  when: Type.Union([Type.String(), Type.Null()]),
  policy: Type.Union([Type.String(), Type.Null()], { description: 'A policy that must hold, too.' }),
  value: Type.Union([Type.Boolean(), Type.Null()], { description: 'Null where it was not looked at.' }),
  saw: Type.Object({}, { additionalProperties: true }),
  error: Type.Union([Type.String(), Type.Null()]),
})

const StepView = Closed({
  node: Type.String(),
  stage: Type.String(),
  needs_person: Type.Boolean(),
  outcomes: Type.Array(Type.String()),
  outcome: Type.Union([Type.String(), Type.Null()]),
  edges: Type.Array(EdgeView),
})

const SimulationView = Closed(
  {
    path: Type.Array(StepView),
    end: Type.Enum(['end', 'stays', 'refused', 'no_such_outcome', 'circle']),
    signs_in: Type.Boolean(),
  },
  { title: 'Simulation' },
)

export const simulateRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Flows',
    id: 'flows.simulate',
    summary: 'Walks a flow, or a draft of it, as somebody would; nothing is done.',
    method: 'POST',
    path: '/flows/:slug/simulate',
    permission: 'decisions.explain',
    body: Trial,
    response: SimulationView,
    handle: (call) => simulate(deps, call),
  }),
]

type Asked = Call<unknown, Trial>

const simulate = async (deps: ApiDeps, call: Asked): Promise<Result<Answer, ApiFailure>> => {
  const { request, body } = call
  await deps.snapshot()
  const flow = await flowOf(deps, call)
  if (!flow.ok) return flow
  const person = body.user === undefined ? ok(null) : await supposedPerson(deps, call.caller, body.user)
  if (!person.ok) return person
  const supposed = supposedRequest(request, body)
  if (!supposed.ok) return supposed
  const destination = body.application === undefined ? null : deps.flows.destination(body.application)
  if (body.application !== undefined && !destination) return questionInvalid('application', 'is no application')
  const simulation = simulateFlow({
    flow: flow.value,
    situation: {
      facts: {},
      person: person.value,
      session: null,
      destination,
      request: { ...supposed.value, id: request.id },
    },
    choices: body.choices,
  })
  const { path, end, signsIn } = simulation
  return ok({ body: { path: path.map(stepView), end, signs_in: signsIn } })
}

const flowOf = async (deps: ApiDeps, { params, body, caller }: Asked): Promise<Result<CompiledFlow, ApiFailure>> => {
  const slug = params.slug ?? ''
  if (body.draft === undefined) {
    const flow = await deps.flows.current(slug)
    return flow ? ok(flow) : refuse('not_found', `There is no flow "${slug}".`)
  }
  if (body.draft === true) return keptDraft(deps, slug, caller)
  if (!caller.permissions.has('flows.write'))
    return refuse('permission_missing', 'A draft is tried by whoever may write flows (flows.write).')
  return compiled(deps, slug, body.draft)
}

const compiled = (deps: ApiDeps, slug: string, spec: unknown): Result<CompiledFlow, ApiFailure> => {
  const draft = deps.flows.draft(slug, spec)
  return draft.ok ? draft : draftInvalid(draft.error)
}

/** Written by somebody who may write flows, so whoever may read them may try it. */
const keptDraft = async (
  deps: ApiDeps,
  slug: string,
  caller: Asked['caller'],
): Promise<Result<CompiledFlow, ApiFailure>> => {
  if (!caller.permissions.has('flows.read'))
    return refuse('permission_missing', 'A draft is tried by whoever may read flows (flows.read).')
  const draft = await deps.drafts.get({ type: 'flows', slug })
  if (draft?.organisation !== caller.person.user.organisation) {
    return refuse('not_found', `There is no draft of a flow "${slug}".`)
  }
  return compiled(deps, slug, draft.spec)
}

const stepView = ({ node, stage, needsPerson, outcomes, outcome, edges }: SimulatedStep): Json => ({
  node,
  stage,
  needs_person: needsPerson,
  outcomes: [...outcomes],
  outcome,
  edges: edges.map(edgeView),
})

const edgeView = ({ to, when, policy, value, saw, error }: JudgedEdge): Json => ({
  to,
  when,
  policy,
  value,
  saw: { ...saw },
  error,
})
