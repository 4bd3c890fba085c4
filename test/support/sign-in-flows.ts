/** Documents of flows that sign in, for tests of who gets through: the shipped one with something about it changed. */
import type { FlowEdge, FlowNode, FlowSpec } from '../../src/flow/document.ts'
import { shippedFlows } from '../../src/flow/shipped-flows.ts'
import { pruned } from './toy-documents.ts'

export const to = (target: string, when?: string): FlowEdge =>
  when === undefined ? { to: target } : { to: target, when }

const shipped = (slug: string): FlowSpec => {
  const spec = shippedFlows.get(slug)
  if (!spec) throw new Error(`no flow ${slug} is shipped`)
  return spec
}

const denyNode: FlowNode = { stage: 'deny', settings: {}, next: {} }

/** The shipped flow, with these nodes in place of its own or beside them; what none leads to any more is left out. */
export const flowWith = (slug: string, nodes: Readonly<Record<string, FlowNode>>): FlowSpec => {
  const spec = shipped(slug)
  return pruned({ ...spec, nodes: { ...spec.nodes, ...nodes } })
}

/** A node of the shipped flow with one outcome led elsewhere. */
export const ledTo = (slug: string, node: string, outcome: string, edges: readonly FlowEdge[]): FlowNode => {
  const found = shipped(slug).nodes[node]
  if (!found) throw new Error(`no node ${node} in ${slug}`)
  return { ...found, next: { ...found.next, [outcome]: edges } }
}

/** Signs in only where the condition does not hold, right after the password. */
export const deniedWhere = (when: string, slug = 'sign-in'): FlowSpec =>
  flowWith(slug, {
    password: ledTo(slug, 'password', 'ok', [to('deny', when), to('authenticator-validate')]),
    deny: denyNode,
  })

/** Without a second factor that stands already, nobody is let on. */
export const demandsFactor = (slug: string): FlowSpec =>
  flowWith(slug, {
    'authenticator-validate': ledTo(slug, 'authenticator-validate', 'none', [to('deny')]),
    deny: denyNode,
  })
