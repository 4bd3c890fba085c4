/**
 * Walks a flow as somebody would, and does nothing: which nodes they come to, what each could end in, how each condition
 * on the way was judged and what it saw (DESIGN §6). The same prediction and the same choice of edges as the executor's;
 * where a person would answer, the one who asks says how, or the stage's first good outcome is taken.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { NO_FAILURES } from '../domain/guess-limits/failures.ts'
import { know, passwordDue, pendingUser, proofs } from '../kinds/contract/fact.ts'
import type { CompiledEdge, CompiledFlow, CompiledNode } from './compiled-flow.ts'
import { END } from './document.ts'
import { readFacts } from './facts.ts'
import { type FlowSituation, flowVariables } from './flow-variables.ts'
import { isConditional, judgeEdge } from './judge-edge.ts'

export type Simulated = {
  readonly flow: CompiledFlow
  /** Facts are those the attempt would begin with. */
  readonly situation: FlowSituation
  /** Node to outcome, or to outcomes for the first, second … time that it is come to. */
  readonly choices: Readonly<Record<string, string | readonly string[]>>
}

/** How an edge was judged; `value` is null where nobody had to look any more. */
export type JudgedEdge = {
  readonly to: string
  readonly when: string | null
  /** Slug of the policy that must hold, too. */
  readonly policy: string | null
  readonly value: boolean | null
  /** What the condition read, and the values it found. */
  readonly saw: Readonly<Record<string, Json>>
  /** Why it could not be judged: then the attempt is refused. */
  readonly error: string | null
}

export type SimulatedStep = {
  readonly node: string
  readonly stage: string
  readonly needsPerson: boolean
  /** What the stage may end in. */
  readonly outcomes: readonly string[]
  /** What it was taken to end in; null where it ends in nothing. */
  readonly outcome: string | null
  readonly edges: readonly JudgedEdge[]
}

export type SimulationEnd =
  /** The flow came to its end. */
  | 'end'
  /** A stage that ends in nothing: it denies, or shows its page for good. */
  | 'stays'
  /** A condition could not be judged. */
  | 'refused'
  /** An outcome was chosen that the stage does not end in here. */
  | 'no_such_outcome'
  /** Too many steps: an answer that leads back to where it was given, every time. */
  | 'circle'

export type Simulation = {
  readonly path: readonly SimulatedStep[]
  readonly end: SimulationEnd
  /** Whether the path signs in. */
  readonly signsIn: boolean
}

/** As many stages as the executor runs in a row, four times over: people go back and try again. */
const MOST_STEPS = 200

export const simulateFlow = ({ flow, situation: given, choices }: Simulated): Simulation => {
  const situation: FlowSituation = { failures: NO_FAILURES, ...given }
  const path: SimulatedStep[] = []
  const visits = new Map<string, number>()
  let facts = situation.facts
  let signsIn = false
  let at = flow.start
  while (at !== END) {
    const node = flow.nodes.get(at)
    if (!node || path.length >= MOST_STEPS) return { path, end: 'circle', signsIn }
    const visit = visits.get(at) ?? 0
    visits.set(at, visit + 1)
    const predicted = predict(node, { ...situation, facts })
    const outcome = choose(predicted.outcomes, choices[at], visit)
    const step = { node: at, stage: node.kind.id, needsPerson: predicted.needsPerson, outcomes: predicted.outcomes }
    if (outcome === null || !predicted.outcomes.includes(outcome)) {
      path.push({ ...step, outcome, edges: [] })
      return { path, end: outcome === null ? 'stays' : 'no_such_outcome', signsIn }
    }
    facts = learn(facts, node, outcome, situation)
    signsIn ||= node.kind.signsIn === true && outcome === 'ok'
    const edges = judgeEdges(node.next.get(outcome) ?? [], { ...situation, facts })
    path.push({ ...step, outcome, edges })
    const taken = edges.findIndex((edge) => edge.value === true)
    if (taken < 0) return { path, end: 'refused', signsIn }
    at = edges[taken]?.to ?? END
  }
  return { path, end: 'end', signsIn }
}

const predict = (node: CompiledNode, { facts, session, destination }: FlowSituation) =>
  node.kind.predict({ config: node.settings, facts: readFacts(facts), signedIn: session !== null, destination })

const choose = (
  outcomes: readonly string[],
  chosen: string | readonly string[] | undefined,
  visit: number,
): string | null => {
  const asked = typeof chosen === 'string' ? chosen : chosen?.[Math.min(visit, chosen.length - 1)]
  if (asked !== undefined) return asked
  return outcomes.includes('ok') ? 'ok' : (outcomes[0] ?? null)
}

/**
 * What the attempt would know after the stage, as far as the flow itself tells: whom it is about once somebody answered,
 * and that something was proven. What a stage would learn from a form is for the one who simulates to give.
 */
const learn = (
  facts: JsonObject,
  node: CompiledNode,
  outcome: string,
  { person, request }: FlowSituation,
): JsonObject => {
  const proven = node.kind.proves === true && (node.kind.provenBy ?? ['ok']).includes(outcome)
  if (outcome !== 'ok' && !proven) return facts
  const writes = [
    ...(person && readFacts(facts).get(pendingUser) === undefined ? [know(pendingUser, person.user.id)] : []),
    ...(proven
      ? [
          know(proofs, [...(readFacts(facts).get(proofs) ?? []), { method: node.kind.id, at: request.at }]),
          know(passwordDue, readFacts(facts).get(passwordDue) ?? person?.user.mustChangePassword !== undefined),
        ]
      : []),
  ]
  return { ...facts, ...Object.fromEntries(writes.map(({ name, value }) => [name, value])) }
}

/** In the order in which the executor tries them; those after the one that is taken are not looked at. */
const judgeEdges = (edges: readonly CompiledEdge[], situation: FlowSituation): JudgedEdge[] => {
  let variables: Readonly<Record<string, unknown>> | null = null
  let over = false
  return edges.map((edge): JudgedEdge => {
    const { to, when, policy } = edge
    const unseen = { to, when: when?.source ?? null, policy: policy?.slug ?? null, value: null, saw: {}, error: null }
    if (over) return unseen
    if (!isConditional(edge)) {
      over = true
      return { ...unseen, value: true }
    }
    const { holds, saw, error } = judgeEdge(edge, situation, () => {
      variables ??= flowVariables(situation)
      return variables
    })
    over = error !== null || holds
    return { ...unseen, value: error === null ? holds : null, saw, error }
  })
}
