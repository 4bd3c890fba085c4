/**
 * What is wrong with a flow that compiles: it would leave somebody stuck, run in circles, or sign in without a proof.
 * Judged on the graph alone, every condition taken as possible, so that no path is missed (DESIGN §6).
 */
import type { Issue } from '../base/schema.ts'
import type { CompiledFlow, CompiledNode } from './compiled-flow.ts'
import { readFacts } from './facts.ts'
import { nodeOutcomes, provenBy } from './node-outcomes.ts'

/** Purposes whose every use must be able to end signed in; a recovery may lead to the sign-in, second factor and all (G11). */
const SIGNS_IN = new Set(['sign_in', 'step_up', 'setup'])

export const lintFlow = (flow: CompiledFlow): Issue[] => [
  ...unreachable(flow),
  ...deadEnds(flow),
  ...neverSignsIn(flow),
  ...signsInUnproven(flow),
  ...circles(flow),
]

const targets = (node: CompiledNode): string[] => [...node.next.values()].flat().map((edge) => edge.to)

const reachable = (flow: CompiledFlow): ReadonlySet<string> => {
  const found = new Set<string>()
  const waiting = [flow.start]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = flow.nodes.get(id)
    if (!node || found.has(id)) continue
    found.add(id)
    waiting.push(...targets(node))
  }
  return found
}

const unreachable = (flow: CompiledFlow): Issue[] => {
  const found = reachable(flow)
  return [...flow.nodes.keys()]
    .filter((id) => !found.has(id))
    .map((id) => ({ path: `nodes.${id}`, message: 'no edge leads here' }))
}

const deadEnds = (flow: CompiledFlow): Issue[] =>
  [...flow.nodes.values()].flatMap((node) =>
    nodeOutcomes(node)
      .filter((outcome) => !node.next.has(outcome))
      .map((outcome) => ({ path: `nodes.${node.id}.next`, message: `the outcome "${outcome}" leads nowhere` })),
  )

const neverSignsIn = (flow: CompiledFlow): Issue[] => {
  if (!SIGNS_IN.has(flow.purpose)) return []
  const signs = [...reachable(flow)].some((id) => flow.nodes.get(id)?.kind.signsIn)
  return signs ? [] : [{ path: 'nodes', message: 'no stage of this flow signs in' }]
}

/** Follows every path with whether something was proven on it: only the ends that say so count. */
const signsInUnproven = (flow: CompiledFlow): Issue[] => {
  const seen = new Set<string>()
  const issues: Issue[] = []
  const waiting: [string, boolean][] = [[flow.start, false]]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const [id, proven] = at
    const node = flow.nodes.get(id)
    if (!node || seen.has(`${id} ${proven}`)) continue
    seen.add(`${id} ${proven}`)
    if (node.kind.signsIn && !proven) {
      issues.push({ path: `nodes.${id}`, message: 'can be reached without a proof' })
    }
    for (const [outcome, edges] of node.next) {
      const after = proven || provenBy(node.kind).includes(outcome)
      for (const edge of edges) waiting.push([edge.to, after])
    }
  }
  return issues
}

/** A circle that no node of waits for a person in would run until the executor stops it. */
const circles = (flow: CompiledFlow): Issue[] => {
  const silent = new Map([...flow.nodes.values()].filter((node) => !asks(node)).map((node) => [node.id, node]))
  const state = new Map<string, 'open' | 'done'>()
  const issues: Issue[] = []
  const visit = (id: string): void => {
    const node = silent.get(id)
    if (!node || state.get(id) === 'done') return
    if (state.get(id) === 'open') {
      issues.push({ path: `nodes.${id}`, message: 'runs in a circle in which nobody is asked anything' })
      return
    }
    state.set(id, 'open')
    for (const target of targets(node)) visit(target)
    state.set(id, 'done')
  }
  for (const id of silent.keys()) visit(id)
  return issues
}

/** Whether the stage waits for a person even where nothing is known and whoever is signed in. */
const asks = (node: CompiledNode): boolean =>
  [true, false].every(
    (signedIn) =>
      node.kind.predict({ config: node.settings, facts: readFacts({}), signedIn, destination: null }).needsPerson,
  )
