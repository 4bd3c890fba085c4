/**
 * A policy judged about somebody as if they stood at the door: as it stands, or as a draft would be. A draft holds
 * expressions, and running one's own is for whoever may write policies (H09).
 */
import { ok, type Result } from '../../../base/result.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import { NO_FAILURES } from '../../../domain/guess-limits/failures.ts'
import type { CompiledPolicy } from '../../../domain/policies/policy.ts'
import { judgePolicy } from '../../../policy/judge-policy.ts'
import type { ApiDeps } from '../api-deps.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type Answer, type ApiRoute, type Call, route } from '../route.ts'
import { instant, MaybeInstant, readInstant } from '../shapes.ts'
import { draftInvalid, questionInvalid, supposedPerson, supposedRequest } from '../supposed.ts'

const Count = Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 }))

const Trial = Closed({
  user: Type.Optional(
    Type.String({ minLength: 1, maxLength: 254, description: 'About whom; left out, nobody that is known.' }),
  ),
  application: Type.Optional(Type.String({ maxLength: 63, description: 'At which application.' })),
  methods: Type.Array(Type.String({ maxLength: 20 }), {
    default: ['pwd'],
    maxItems: 10,
    description: 'As if these had just been proven, as in `amr`; an empty list is nobody signed in.',
  }),
  ip: Type.Optional(Type.String({ maxLength: 45, description: 'From where; left out, from where you ask.' })),
  user_agent: Type.Optional(Type.String({ maxLength: 400 })),
  at: Type.Optional(Type.String({ format: 'date-time', maxLength: 40, description: 'When; left out, now.' })),
  device_since: Type.Optional(
    Type.String({
      format: 'date-time',
      maxLength: 40,
      description: 'Since when the browser is known to them; left out, it is new.',
    }),
  ),
  failures: Type.Optional(
    Closed(
      { device: Count, pair: Count, network: Count, account: Count },
      { description: 'Tries that failed lately; left out, none.' },
    ),
  ),
  draft: Type.Optional(
    Type.Object(
      {},
      { additionalProperties: true, description: 'A policy to judge by instead of the one that stands.' },
    ),
  ),
})
type Trial = Static<typeof Trial>

const VerdictView = Closed(
  {
    holds: Type.Boolean(),
    says: Type.String(),
    saw: Type.Object({}, { additionalProperties: true }),
    failed: Type.Boolean({ description: 'It could not be judged; then it holds for nobody, turned round or not.' }),
    cure: Type.Optional(Type.String({ description: 'What would change it.' })),
    valid_until: MaybeInstant('With all else the same, it is judged so until then; null for ever.'),
  },
  { title: 'Verdict' },
)

export const policyTestRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Policies',
    id: 'policies.test',
    summary: 'Judges a policy, or a draft of it, about somebody; nothing is done.',
    method: 'POST',
    path: '/policies/:slug/test',
    permission: 'decisions.explain',
    body: Trial,
    response: VerdictView,
    handle: (call) => tryPolicy(deps, call),
  }),
]

type Asked = Call<unknown, Trial>

const tryPolicy = async (deps: ApiDeps, call: Asked): Promise<Result<Answer, ApiFailure>> => {
  const { request, body } = call
  const policy = await policyOf(deps, call)
  if (!policy.ok) return policy
  const person = body.user === undefined ? ok(null) : await supposedPerson(deps, call.caller, body.user)
  if (!person.ok) return person
  const supposed = supposedRequest(request, body)
  if (!supposed.ok) return supposed
  const { at } = supposed.value
  const deviceSince = body.device_since === undefined ? null : readInstant(body.device_since)
  if (body.device_since !== undefined && deviceSince === null) return questionInvalid('device_since', 'is no instant')
  const application =
    body.application === undefined ? null : await deps.resources.get({ type: 'applications', slug: body.application })
  if (body.application !== undefined && application?.organisation !== call.caller.person.user.organisation) {
    return questionInvalid('application', 'is no application')
  }
  const proofs = body.methods.map((method) => ({ method, at }))
  const verdict = judgePolicy(policy.value, {
    person: person.value,
    session: proofs.length === 0 ? null : { proofs, authTime: at, persistent: false },
    application: application ? { slug: application.slug, name: nameOf(application.spec.name, application.slug) } : null,
    request: supposed.value,
    deviceSince,
    failures: { ...NO_FAILURES, ...body.failures },
  })
  const { holds, says, saw = {}, failed = false, cure, validUntil } = verdict
  return ok({
    body: {
      holds,
      says,
      saw: { ...saw },
      failed,
      ...(cure === undefined ? {} : { cure }),
      valid_until: validUntil === undefined ? null : instant(validUntil),
    },
  })
}

const nameOf = (name: unknown, slug: string): string => (typeof name === 'string' ? name : slug)

const policyOf = async (
  deps: ApiDeps,
  { params, body, caller }: Asked,
): Promise<Result<CompiledPolicy, ApiFailure>> => {
  const slug = params.slug ?? ''
  if (body.draft === undefined) {
    const stored = await deps.resources.get({ type: 'policies', slug })
    const policy =
      stored?.organisation === caller.person.user.organisation ? await deps.policies.current(slug) : undefined
    return policy ? ok(policy) : refuse('not_found', `There is no policy "${slug}".`)
  }
  if (!caller.permissions.has('policies.write'))
    return refuse('permission_missing', 'A draft is tried by whoever may write policies (policies.write).')
  const draft = deps.policies.draft(slug, body.draft)
  return draft.ok ? draft : draftInvalid(draft.error)
}
