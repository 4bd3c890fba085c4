/** Why somebody was turned away, by the code that their page showed (DESIGN §12). */
import { ok } from '../../../base/result.ts'
import { Closed, Type } from '../../../base/schema.ts'
import { findDenial } from '../../../core/denials.ts'
import { readDenialCode } from '../../../policy/denial-code.ts'
import { explainDecision } from '../../../policy/explain.ts'
import type { ApiDeps } from '../api-deps.ts'
import { refuse } from '../problem.ts'
import { type ApiRoute, route } from '../route.ts'
import { Instant, instant } from '../shapes.ts'
import { OutcomeView, ReasonView, reasonView } from './decision-view.ts'

const DenialView = Closed(
  {
    code: Type.String(),
    at: Instant('When it happened.'),
    application: Type.String(),
    user: Type.Union([Closed({ id: Type.String(), username: Type.String() }), Type.Null()]),
    ip: Type.Union([Type.String(), Type.Null()]),
    outcome: OutcomeView,
    reasons: Type.Array(ReasonView),
    explanation: Type.Array(Type.String(), { description: 'The same in sentences.' }),
  },
  { title: 'Denial' },
)

export const denialRoutes = (deps: ApiDeps): ApiRoute[] => [
  route({
    tag: 'Events',
    id: 'denials.get',
    summary: 'Tells why somebody was turned away, by the code on their page.',
    method: 'GET',
    path: '/denials/:code',
    permission: 'decisions.explain',
    response: DenialView,
    handle: async ({ params, caller }) => {
      const code = readDenialCode(params.code ?? '')
      const { store } = deps
      const { organisation } = caller.person.user
      const found = code === null ? null : await findDenial(store.events, store.read, { code, organisation })
      if (!found) return refuse('not_found', 'No denial of that code is kept.')
      const { application, person, decision } = found
      return ok({
        body: {
          code: found.code,
          at: instant(found.at),
          application,
          user: person && { ...person },
          ip: found.ip,
          outcome: decision.outcome,
          reasons: decision.reasons.map(reasonView),
          explanation: explainDecision(decision, { person: person?.username ?? 'Somebody', application }),
        },
      })
    },
  }),
]
