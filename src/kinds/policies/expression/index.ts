/** Holds where a CEL condition over the person, their session, the request and the application is true. */
import { err, ok } from '../../../base/result.ts'
import { Closed, Expression, type Static } from '../../../base/schema.ts'
import { PERSON_VARIABLES, personVariables } from '../../../domain/expressions/person-variables.ts'
import { shownValue } from '../../../domain/expressions/shown-value.ts'
import type { PolicyFacts, PolicyVerdict } from '../../../domain/policies/policy.ts'
import type { PolicyKind } from '../../contract/policy.ts'

const Config = Closed({
  expression: Expression({
    minLength: 1,
    default: 'true',
    description: 'True where the policy holds. May read user, session, request and application.',
    examples: ["user.email_verified && 'staff' in user.groups"],
  }),
})
type Config = Static<typeof Config>

export const expression = {
  id: 'expression',
  config: Config,
  version: 1,
  text: 'denied.condition',
  compile: (config, context) => {
    const compiled = context.expression(config.expression, PERSON_VARIABLES)
    if (!compiled.ok) return err([{ path: 'expression', message: compiled.error }])
    const { source, reads, type, evaluate } = compiled.value
    if (type !== undefined && type !== 'bool' && type !== 'dyn') {
      return err([{ path: 'expression', message: `must be true or false, but is ${type}` }])
    }
    return ok({
      reads,
      judge: (facts: PolicyFacts): PolicyVerdict => {
        const variables = personVariables(facts)
        const saw = Object.fromEntries(reads.map((path) => [path, shownValue(variables, path)]))
        const result = evaluate(variables)
        const error = !result.ok ? result.error : typeof result.value === 'boolean' ? null : 'neither true nor false'
        if (error !== null) {
          const cure = 'Correct the condition; `has(…)` asks for a member that may be absent.'
          return {
            holds: false,
            failed: true,
            says: `${source} cannot be judged (${error})`,
            saw: { ...saw, error },
            cure,
          }
        }
        const holds = result.ok && result.value === true
        return { holds, says: `${source} is ${holds}`, saw, ...(holds ? {} : { cure: `Make ${source} true.` }) }
      },
    })
  },
} satisfies PolicyKind<Config>
