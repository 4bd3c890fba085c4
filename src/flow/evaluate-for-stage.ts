/** Expressions in a stage's own settings, over what its attempt knows. Undefined where one fails: the stage must refuse. */
import type { StagePorts } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { FLOW_VARIABLES, type FlowSituation, flowVariables } from './flow-variables.ts'

export const createEvaluate =
  (situation: FlowSituation): StagePorts['evaluate'] =>
  async (source, extra = {}) => {
    const named = Object.fromEntries(Object.keys(extra).map((name) => [name, 'dyn']))
    const compiled = compileExpression(source, { ...FLOW_VARIABLES, ...named })
    if (!compiled.ok) return undefined
    const result = compiled.value.evaluate({ ...flowVariables(situation), ...extra })
    return result.ok ? result.value : undefined
  }
