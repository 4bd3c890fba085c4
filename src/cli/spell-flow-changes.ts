/** What differs between two versions of a flow, as lines to read: nodes first, then the edges and settings of each. */
import type { Json } from '../base/json.ts'
import type { Change, FlowChanges } from '../flow/node-changes.ts'

export const spellFlowChanges = ({ added, removed, changed, flow }: FlowChanges): readonly string[] => {
  const lines = [
    ...flow.map((change) => `~ ${spellChange(change)}`),
    ...removed.map((node) => `- ${node}`),
    ...added.map((node) => `+ ${node}`),
    ...changed.flatMap(({ node, edges, settings }) => [
      `~ ${node}`,
      ...settings.map((change) => `    ${spellChange(change)}`),
      ...edges.map(({ outcome, before, after }) => `    ${outcome}: ${spellEdges(before)} -> ${spellEdges(after)}`),
    ]),
  ]
  return lines.length > 0 ? lines : ['Nothing differs.']
}

const spellChange = ({ path, before, after }: Change): string => `${path}: ${spell(before)} -> ${spell(after)}`

const LONGEST = 120

const spell = (value: Json | undefined): string => {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

const spellEdges = (edges: Json | undefined): string => {
  if (!Array.isArray(edges)) return '(none)'
  return edges.map((edge: Json) => spellEdge(edge)).join(', else ')
}

const spellEdge = (edge: Json): string => {
  if (edge === null || typeof edge !== 'object' || Array.isArray(edge)) return spell(edge)
  // A list was left out above, so this is an edge as the schema of flows has it.
  const { to, when, policy } = edge as { readonly to?: Json; readonly when?: Json; readonly policy?: Json }
  const asked = [
    ...(typeof when === 'string' ? [when] : []),
    ...(typeof policy === 'string' ? [`policy ${policy}`] : []),
  ]
  return asked.length > 0 ? `${String(to)} if ${asked.join(' and ')}` : String(to)
}
