/** The edge that follows an outcome: the first whose condition and policy hold. One that cannot be judged chooses none. */
import { err, ok, type Result } from '../base/result.ts'
import type { CompiledEdge } from './compiled-flow.ts'
import { type FlowSituation, flowVariables } from './flow-variables.ts'
import { isConditional, judgeEdge, spellCondition } from './judge-edge.ts'

/** What edges are judged by. `withFailures`: a policy among them asks for failed tries. */
export type SituationOf = (withFailures: boolean) => Promise<FlowSituation>

/** The node that follows, or why none does, in words for an administrator. `situation` is asked where a condition is. */
export const chooseEdge = async (
  edges: readonly CompiledEdge[],
  situationOf: SituationOf,
): Promise<Result<string, string>> => {
  let situation: FlowSituation | null = null
  let variables: Readonly<Record<string, unknown>> | null = null
  for (const edge of edges) {
    if (!isConditional(edge)) return ok(edge.to)
    situation ??= await situationOf(edges.some(({ policy }) => policy?.readsFailures === true))
    const seen = situation
    const judged = judgeEdge(edge, seen, () => {
      variables ??= flowVariables(seen)
      return variables
    })
    if (judged.error !== null) return err(`${spellCondition(edge)}: ${judged.error}`)
    if (judged.holds) return ok(edge.to)
  }
  return err('no edge is left')
}
