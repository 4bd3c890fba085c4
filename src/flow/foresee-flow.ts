/**
 * Whether somebody in particular would be signed in by a flow: walked by what its stages foresee for them, running none
 * (DESIGN §6). A yes is a promise, so whatever cannot be told now counts against it: where a condition rests on what is
 * learnt only on the way, every branch must lead in. A no says where they stop, and why.
 */
import type { Json, JsonObject } from '../base/json.ts'
import { err, ok, type Result } from '../base/result.ts'
import type { RequestFacts } from '../domain/decisions/decision.ts'
import type { Proven } from '../domain/expressions/person-variables.ts'
import type { Person } from '../domain/people/person.ts'
import type { Proof } from '../domain/sessions/session.ts'
import { passwordDue, pendingUser, proofs } from '../kinds/contract/fact.ts'
import type { Foreseen, Means } from '../kinds/contract/foresee.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import { isBoundToSession } from './attempt.ts'
import type { CompiledEdge, CompiledFlow, CompiledNode } from './compiled-flow.ts'
import { END } from './document.ts'
import { changesPerson, readFacts } from './facts.ts'
import { flowVariables } from './flow-variables.ts'
import { isConditional, judgeEdge, spellCondition } from './judge-edge.ts'

export type ForeseenBy = {
  readonly flow: CompiledFlow
  readonly person: Person
  readonly means: Means
  /** Of who is signed in already, for a flow about them. */
  readonly session: Proven | null
  readonly destination: Destination | null
  readonly request: RequestFacts
  readonly sendsMail: boolean
}

/** Where somebody stops: the node, and why, as the end of a sentence that begins with their name. */
export type Stopped = {
  readonly node: string
  readonly why: string
  /** It was told by a stage that others followed. */
  readonly settled: boolean
}

/** What is proven once they are signed in, and how each stage on the way ended. */
export type SignedInBy = {
  readonly proofs: readonly Proof[]
  readonly steps: readonly { readonly node: string; readonly outcome: string }[]
}

export const foreseeFlow = (by: ForeseenBy): Result<SignedInBy, Stopped> => {
  const about = isBoundToSession(by.flow.purpose) ? { [pendingUser.name]: by.person.user.id } : {}
  // Whether they asked to stay signed in is theirs to say.
  const unsure = by.session === null ? [] : ['session.persistent']
  return walk(
    { by, steps: { left: MOST_STEPS } },
    { node: by.flow.start, facts: about, means: by.means, unsure, passed: [], led: null },
  )
}

// A flow of sense takes some twenty; this bounds one that was drawn to take for ever.
const MOST_STEPS = 2000

type Walk = { readonly by: ForeseenBy; readonly steps: { left: number } }

type At = {
  readonly node: string
  readonly facts: JsonObject
  /** With what was set up on the way. */
  readonly means: Means
  /** Variables whose value cannot be told any more. */
  readonly unsure: readonly string[]
  /** Where this walk was, and with which facts: coming back with the same ones leads on for ever. */
  readonly passed: readonly string[]
  /** The last condition that chose the way. */
  readonly led: string | null
}

type Came = Result<SignedInBy, Stopped>

const walk = (all: Walk, at: At): Came => {
  if (at.node === END) return stop(at, 'comes to the end and is not signed in')
  const node = all.by.flow.nodes.get(at.node)
  if (!node) return stop(at, 'finds no such stage')
  const state = `${at.node} ${JSON.stringify(at.facts)}`
  if (at.passed.includes(state)) return stop(at, 'goes round in a circle')
  all.steps.left -= 1
  if (all.steps.left < 0) return stop(at, 'has further to go than anybody would')
  const foreseen = foresee({ ...all.by, means: at.means }, node, at.facts)
  return firstThat(all, node, foreseen, { ...at, passed: [...at.passed, state] })
}

const stop = ({ node, led }: At, why: string, settled = false): Came =>
  err({ node, why: led === null ? why : `${why} (${led})`, settled })

/** The first end from which they are signed in; else why not, told of the stage that had no better one. */
const firstThat = (all: Walk, node: CompiledNode, foreseen: Foreseen, at: At): Came => {
  let stopped: Stopped | null = null
  for (const { outcome, know = [], gains } of foreseen.ends) {
    const learnt = Object.fromEntries(know.map(({ name, value }): [string, Json] => [name, value]))
    const facts = { ...at.facts, ...learnt }
    // The session is made in the step of this stage; what comes after it takes nothing back.
    if (node.kind.signsIn && outcome === 'ok') return ok({ proofs: readFacts(facts).get(proofs) ?? [], steps: [] })
    const unsure = [...at.unsure, ...(foreseen.unsure ?? [])]
    const means = gains ? { ...at.means, authenticators: [...at.means.authenticators, gains] } : at.means
    // The executor refuses what would turn one person's proof into another's (G04).
    const came = changesPerson(at.facts, facts, null)
      ? stop(at, 'would name somebody else than who was proven')
      : takeEdge(all, node.next.get(outcome) ?? [], { ...at, facts, means, unsure })
    if (came.ok) return ok({ ...came.value, steps: [{ node: node.id, outcome }, ...came.value.steps] })
    stopped ??= came.error
  }
  // The stage that had no better end says it better than the page that its lesser one leads to; of two such, the later.
  if (foreseen.because === undefined || stopped?.settled) return stopped ? err(stopped) : stop(at, 'gets no further')
  return stop(at, foreseen.because, stopped !== null)
}

const foresee = (by: ForeseenBy, node: CompiledNode, facts: JsonObject): Foreseen => {
  const { person, means, session, destination, request, sendsMail, flow } = by
  const about = { config: node.settings, facts: readFacts(facts), destination }
  const told = node.kind.foresee?.({
    ...about,
    person,
    means,
    session: session?.proofs ?? null,
    purpose: flow.purpose,
    sendsMail,
    origin: request.origin,
    now: request.at,
  })
  if (told) return told
  const { outcomes } = node.kind.predict({ ...about, signedIn: session !== null })
  return { ends: outcomes.map((outcome) => ({ outcome })) }
}

/** Edges in the order in which the executor tries them. One that cannot be told may be taken or not. */
const takeEdge = (all: Walk, edges: readonly CompiledEdge[], at: At): Came => {
  const situation = { ...all.by, facts: at.facts, person: personAt(all.by, at.facts) }
  let variables: Readonly<Record<string, unknown>> | null = null
  const seen = () => {
    variables ??= flowVariables(situation)
    return variables
  }
  let came: Came | null = null
  let { led } = at
  for (const edge of edges) {
    if (!isConditional(edge)) return both(came, () => walk(all, { ...at, node: edge.to, led }))
    const { holds, error, saw, askedPolicy } = judgeEdge(edge, situation, seen)
    const condition = `"${spellCondition(edge)}"`
    if (error !== null) return stop(at, `is refused, since ${condition} cannot be judged: ${error}`)
    if (mayTurnOut(edge, askedPolicy, at.unsure)) {
      came = both(came, () => walk(all, { ...at, node: edge.to, led: `where ${condition} holds` }))
      if (!came.ok) return came
      continue
    }
    led = `since ${condition} ${holds ? 'holds' : 'does not hold'}${spellSeen(saw)}`
    if (holds) return both(came, () => walk(all, { ...at, node: edge.to, led }))
  }
  return stop(at, 'finds no edge that leads on')
}

/** Whether it may be judged otherwise once they stand there. */
const mayTurnOut = ({ when, policy }: CompiledEdge, askedPolicy: boolean, unsure: readonly string[]): boolean => {
  const reads = [...(when?.reads ?? []), ...(policy?.reads ?? [])]
  // A policy is asked only where the condition holds, so one that is not asked leaves nothing open.
  return reads.some((path) => isUnsure(path, unsure)) || (policy?.unforeseeable === true && askedPolicy)
}

const both = (came: Came | null, next: () => Came): Came => (came && !came.ok ? came : next())

/** As the executor has it: whom the attempt is about, else who is signed in. */
const personAt = ({ person, session }: ForeseenBy, facts: JsonObject): Person | null => {
  const named = readFacts(facts).get(pendingUser)
  if (named === undefined) return session === null ? null : person
  return named === person.user.id ? person : null
}

// Of what stages write, these are told beforehand; whatever else they leave among the facts is not.
const TOLD = [pendingUser, proofs, passwordDue].map(({ name }) => `facts.${name}`)

const isUnsure = (path: string, unsure: readonly string[]): boolean => {
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}.`)
  if (within(path, 'facts')) return !TOLD.some((told) => within(path, told))
  return unsure.some((one) => within(path, one) || within(one, path))
}

/** Whoever writes a flow may not read by it what is kept of people: their attributes and addresses. */
const isTellable = (path: string): boolean =>
  // What a policy saw may hold the same.
  path !== 'user' && !/^(?:user\.(?:attributes|emails?)\b|policy )/.test(path)

const spellSeen = (saw: Readonly<Record<string, Json>>): string => {
  const told = Object.entries(saw).filter(([path]) => isTellable(path))
  const spelt = told.map(
    ([path, value]) => `${path} is ${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}`,
  )
  return spelt.length > 0 ? `: ${spelt.join(', ')}` : ''
}
