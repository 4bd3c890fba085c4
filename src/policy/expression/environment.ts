/** The library's view of what an expression may read and call: used to parse and to check types, never to run. */
import { Environment } from '@marcbachmann/cel-js'
import type { Variables } from '../../domain/expressions/expression.ts'
import { DEEPEST_GRAMMAR, MOST_ARGUMENTS, MOST_ELEMENTS, MOST_NODES } from './budget.ts'
import { expressionFunctions } from './functions.ts'

type Schema = { [field: string]: string | Schema }

const made = new WeakMap<Variables, Environment>()

/** The environment of a table of variables; making one is slow, so that a table that is kept has one. */
export const environmentOf = (variables: Variables): Environment => {
  const known = made.get(variables)
  if (known) return known
  const environment = base.clone()
  for (const [name, type] of Object.entries(schemaOf(variables))) {
    if (typeof type === 'string') environment.registerVariable(name, type)
    else environment.registerVariable({ name, schema: type })
  }
  made.set(variables, environment)
  return environment
}

/** Dotted names become nested: `user: map, user.name: string` is `user: { name: string }`. */
const schemaOf = (variables: Variables): Schema => {
  const root: Schema = {}
  // Shorter names first, so that a map stands before its fields.
  for (const [name, type] of Object.entries(variables).sort(([a], [b]) => a.length - b.length)) {
    const steps = name.split('.')
    const last = steps.pop() ?? name
    let at = root
    for (const step of steps) {
      const held = at[step]
      const inner: Schema = typeof held === 'object' ? held : {}
      at[step] = inner
      at = inner
    }
    at[last] = type
  }
  return root
}

const neverRun = (): never => {
  throw new Error('the library runs no function')
}

const base = new Environment({
  // A claim may well mix types in a map, as JSON does.
  homogeneousAggregateLiterals: false,
  limits: {
    maxAstNodes: MOST_NODES,
    maxDepth: DEEPEST_GRAMMAR,
    maxListElements: MOST_ELEMENTS,
    maxMapEntries: MOST_ELEMENTS,
    maxCallArguments: MOST_ARGUMENTS,
  },
})
for (const { signature } of expressionFunctions.values()) {
  if (signature !== null) base.registerFunction(signature, neverRun)
}
