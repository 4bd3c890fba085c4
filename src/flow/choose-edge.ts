/** The edge that follows an outcome: the first whose condition holds. One that cannot be judged chooses none. */
import { err, ok, type Result } from '../base/result.ts'
import type { CompiledEdge } from './compiled-flow.ts'
import { type FlowSituation, flowVariables } from './flow-variables.ts'

/** The node that follows, or why none does, in words for an administrator. `situation` is asked where a condition is. */
export const chooseEdge = async (
  edges: readonly CompiledEdge[],
  situation: () => Promise<FlowSituation>,
): Promise<Result<string, string>> => {
  let variables: Readonly<Record<string, unknown>> | null = null
  for (const edge of edges) {
    if (edge.when === null) return ok(edge.to)
    variables ??= flowVariables(await situation())
    const held = edge.when.evaluate(variables)
    if (!held.ok) return err(`${edge.when.source}: ${held.error}`)
    if (typeof held.value !== 'boolean') return err(`${edge.when.source}: neither true nor false`)
    if (held.value) return ok(edge.to)
  }
  return err('no edge is left')
}
