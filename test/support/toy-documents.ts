/** Flows drawn at random over the toy stages, for properties that hold of every flow. */
import fc from 'fast-check'
import type { FlowSpec } from '../../src/flow/document.ts'
import { TOY_KINDS } from './toy-house.ts'

const conditions = [
  undefined,
  'true',
  'false',
  'session.mfa',
  '"staff" in user.groups',
  'has(facts.user.pending)',
  'facts.nothing == 1',
]
const stages = ['identify', 'password', 'code', 'sign-in', 'message', 'deny', 'consent', 'logout', 'pass']

type Drawn = { readonly stage: string; readonly targets: readonly number[]; readonly condition: string | undefined }

const drawnNode: fc.Arbitrary<Drawn> = fc.record({
  stage: fc.constantFrom(...stages),
  targets: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  condition: fc.constantFrom(...conditions, undefined, undefined, undefined),
})
// A target of 0 leads on to the next node. By chance alone hardly any graph would sign in.
const spine: readonly Drawn[] = ['identify', 'password', 'sign-in'].map((stage) => ({
  stage,
  targets: [0, 0, 0, 0],
  condition: undefined,
}))

/** Any graph over the toy stages: many are refused by lint, the rest run. */
export const documents = fc
  .record({
    purpose: fc.constantFrom<FlowSpec['purpose'][]>('sign_in', 'enrol', 'consent', 'sign_out', 'step_up'),
    begins: fc.constantFrom([], spine),
    drawn: fc.array(drawnNode, { minLength: 1, maxLength: 5 }),
  })
  .map(({ purpose, begins, drawn }): FlowSpec => {
    const all = [...begins, ...drawn]
    const name = (target = 0, from = 0) => {
      const at = target % 2 === 0 ? from + 1 : (target >> 1) % (all.length + 1)
      return at >= all.length ? 'end' : `n${at}`
    }
    const nodes = all.map(({ stage, targets, condition }, index) => {
      const outcomes = TOY_KINDS.get(stage)?.outcomes ?? []
      const next = outcomes.map((outcome, at) => {
        // What fails on the spine leads back to its beginning.
        const otherwise = { to: outcome === 'failed' && index < begins.length ? 'n0' : name(targets[at], index) }
        return [outcome, condition ? [{ to: name(targets[at + 2], index), when: condition }, otherwise] : [otherwise]]
      })
      return [`n${index}`, { stage, settings: {}, next: Object.fromEntries(next) }]
    })
    return { name: 'Random', purpose, start: 'n0', nodes: Object.fromEntries(nodes) }
  })

/** Takes what does not hang together out, so that more graphs pass lint: nodes that no edge leads to. */
export const pruned = (spec: FlowSpec): FlowSpec => {
  const found = new Set<string>()
  const waiting = [spec.start]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = spec.nodes[id]
    if (!node || found.has(id)) continue
    found.add(id)
    waiting.push(
      ...Object.values(node.next)
        .flat()
        .map((edge) => edge.to),
    )
  }
  return { ...spec, nodes: Object.fromEntries(Object.entries(spec.nodes).filter(([id]) => found.has(id))) }
}
