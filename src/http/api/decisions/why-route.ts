/** "Why?": what would be decided about somebody at an application, rule by rule (DESIGN §7, §12). Nothing is done. */
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import { explainDecision } from '../../../policy/explain.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { Instant, instant } from '../shapes.ts'
import { supposedPerson, supposedRequest } from '../supposed.ts'
import { OutcomeView, ReasonView, reasonView } from './decision-view.ts'

const Question = Closed({
  user: Type.String({ minLength: 1, maxLength: 254, description: 'A user name, or an address that one person has.' }),
  methods: Type.Array(Type.String({ maxLength: 20 }), {
    default: ['pwd'],
    maxItems: 10,
    description: 'As if these had just been proven, as in `amr`.',
  }),
  ip: Type.Optional(
    Type.String({ maxLength: 45, description: 'As if asked from here; left out, from where you ask.' }),
  ),
})
type Question = Static<typeof Question>

const DecisionView = Closed(
  {
    outcome: OutcomeView,
    reasons: Type.Array(ReasonView),
    explanation: Type.Array(Type.String(), { description: 'The same in sentences.' }),
    valid_until: Instant('The decision says nothing beyond it.'),
  },
  { title: 'Decision' },
)

export const whyRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Applications',
    id: 'applications.why',
    summary: 'Tells whether somebody may open the application, and why.',
    method: 'POST',
    path: '/applications/:slug/why',
    permission: 'decisions.explain',
    body: Question,
    response: DecisionView,
    handle: (call) => explain(deps, call),
  }),
]

const explain = async (deps: ApiDeps, call: Call<unknown, Question>): Promise<Result<Answer, ApiFailure>> => {
  const { request, caller } = call
  const { user, methods, ip } = call.body
  const slug = call.params.slug ?? ''
  const application = await deps.resources.get({ type: 'applications', slug })
  const { organisation } = caller.person.user
  if (application?.organisation !== organisation) return refuse('not_found', `There is no application "${slug}".`)
  const person = await supposedPerson(deps, caller, user)
  if (!person.ok) return person
  const supposed = supposedRequest(request, ip === undefined ? {} : { ip })
  if (!supposed.ok) return supposed
  // So that the rules decided by are those that stand.
  await deps.snapshot()
  const { at } = supposed.value
  const decision = await deps.decide({
    person: person.value,
    session: { proofs: methods.map((method) => ({ method, at })), authTime: at, persistent: false },
    channel: 'oidc',
    application: slug,
    request: supposed.value,
    device: () => null,
  })
  const name = typeof application.spec.name === 'string' ? application.spec.name : slug
  return ok({
    body: {
      outcome: decision.outcome,
      reasons: decision.reasons.map(reasonView),
      explanation: explainDecision(decision, { person: person.value.user.username, application: name }),
      valid_until: instant(decision.validUntil),
    },
  })
}
