/**
 * Walks a flow by what its stages predict, without running any: which outcomes each may end in, and whether anybody
 * may be asked anything. It errs on the side of more: every condition is taken as possible, and once a stage was
 * passed, which may have changed what is known, a prediction counts only where it rests on no fact.
 */
import type { JsonObject } from '../base/json.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import type { CompiledFlow, CompiledNode } from './compiled-flow.ts'
import { readFacts } from './facts.ts'
import { nodeOutcomes } from './node-outcomes.ts'

export type Known = {
  readonly facts: JsonObject
  readonly signedIn: boolean
  readonly destination: Destination | null
}

export type Walk = {
  /** Node to the outcomes it may end in. */
  readonly outcomes: ReadonlyMap<string, ReadonlySet<string>>
  /** False only where the whole flow runs without anybody: then the journey is one redirect. */
  readonly needsPerson: boolean
}

export const predictWalk = (flow: CompiledFlow, known: Known): Walk => {
  const outcomes = new Map<string, Set<string>>()
  const visited = new Set<string>()
  let needsPerson = false
  const waiting: { id: string; certain: boolean }[] = [{ id: flow.start, certain: true }]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const node = flow.nodes.get(at.id)
    const state = `${at.id} ${at.certain}`
    if (!node || visited.has(state)) continue
    visited.add(state)
    const predicted = at.certain ? predict(node, known) : predictAnyhow(node, known)
    needsPerson ||= predicted.needsPerson
    const found = outcomes.get(at.id) ?? new Set()
    outcomes.set(at.id, found)
    for (const outcome of predicted.outcomes) {
      found.add(outcome)
      for (const edge of node.next.get(outcome) ?? []) waiting.push({ id: edge.to, certain: false })
    }
  }
  return { outcomes, needsPerson }
}

type Predicted = { readonly outcomes: readonly string[]; readonly needsPerson: boolean }

const predict = (node: CompiledNode, known: Known) =>
  node.kind.predict({
    config: node.settings,
    facts: readFacts(known.facts),
    signedIn: known.signedIn,
    destination: known.destination,
  })

const predictAnyhow = (node: CompiledNode, known: Known): Predicted => {
  const both = [true, false].map((signedIn) => predict(node, { ...known, signedIn }))
  if (both.some((one) => one.reads.length > 0)) return { outcomes: nodeOutcomes(node), needsPerson: true }
  return {
    outcomes: [...new Set(both.flatMap((one) => one.outcomes))],
    needsPerson: both.some((one) => one.needsPerson),
  }
}
