/** A decision as the API tells it: the outcome, each rule with what it saw, and the same in sentences. */
import type { Json } from '../../../base/json.ts'
import { Closed, Type } from '../../../base/schema.ts'
import type { Reason } from '../../../domain/decisions/decision.ts'

export const OutcomeView = Type.Enum(['allow', 'deny', 'step_up', 'sign_in'])

export const ReasonView = Closed({
  rule: Type.String(),
  holds: Type.Boolean(),
  says: Type.String(),
  saw: Type.Optional(Type.Object({}, { additionalProperties: true })),
  cure: Type.Optional(Type.String({ description: 'What would change it.' })),
})

export const reasonView = ({ rule, holds, says, saw, cure }: Reason): Json => ({
  rule,
  holds,
  says,
  ...(saw === undefined ? {} : { saw }),
  ...(cure === undefined ? {} : { cure }),
})
