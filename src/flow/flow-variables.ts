/** What conditions of edges, and expressions in the settings of stages, may read. */
import type { JsonObject } from '../base/json.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Variables } from '../domain/expressions/expression.ts'
import { PERSON_VARIABLES, type Proven, personVariables } from '../domain/expressions/person-variables.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import type { Person } from '../domain/people/person.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import { nestFacts } from './facts.ts'

export const FLOW_VARIABLES = {
  ...PERSON_VARIABLES,
  'application.mfa': 'bool',
  facts: 'map',
} as const satisfies Variables

export type FlowSituation = {
  readonly facts: JsonObject
  /** Whom the attempt is about: named in it, else signed in. */
  readonly person: Person | null
  readonly session: Proven | null
  readonly destination: Destination | null
  readonly request: RequestFacts
  readonly zone?: string
  /** When this browser first signed that person in; null for one that is new. For policies. */
  readonly deviceSince?: number | null
  /** Tries that failed lately, where a policy asks. */
  readonly failures?: Failures | null
}

export const flowVariables = (of: FlowSituation): Readonly<Record<string, unknown>> => ({
  ...personVariables({
    person: of.person,
    session: of.session,
    application: null,
    request: of.request,
    ...(of.zone ? { zone: of.zone } : {}),
  }),
  application: {
    slug: of.destination?.application ?? '',
    name: of.destination?.applicationName ?? '',
    mfa: of.destination?.demandsMfa === true,
  },
  facts: nestFacts(of.facts),
})
