/**
 * Runs an attempt from node to node until a stage asks the person, the flow ends, or something refuses. What must
 * happen is performed with the attempt's move in one transaction, so that of many equal answers one has an effect (H07).
 */
import type { JsonObject } from '../base/json.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import type { Person } from '../domain/people/person.ts'
import { pendingUser, typedName } from '../kinds/contract/fact.ts'
import type { SignedIn } from '../kinds/contract/provider.ts'
import type {
  Destination,
  Effect,
  StageAsk,
  StageContext,
  StageEnd,
  StageKind,
  StagePorts,
} from '../kinds/contract/stage.ts'
import { type Attempt, attemptName, HOME, isBoundToSession, nextOf, refusal } from './attempt.ts'
import { chooseEdge } from './choose-edge.ts'
import type { CompiledNode } from './compiled-flow.ts'
import { END } from './document.ts'
import { createEvaluate } from './evaluate-for-stage.ts'
import { changesPerson, createdUser, endedWith, hasProofs, nextPath, readFacts, withFact, writeFacts } from './facts.ts'
import type { FlowSituation } from './flow-variables.ts'
import { isChange, judgeEffects } from './judge-effects.ts'
import { knownSince } from './known-since.ts'
import type { AttemptMove, AttemptRow, FlowContext, FlowPorts, FlowStep, Performed, RefusalCode } from './ports.ts'

/** Stages run for one request; a flow of sense has some ten. */
const MOST_STAGES = 50

/** An attempt under way in one request. */
export type Journey = {
  readonly attempt: Attempt
  readonly context: FlowContext
  readonly destination: Destination | null
  readonly performed: Performed
  /** Whether the attempt differs from what is kept of it. */
  readonly moved: boolean
}

type Result = StageAsk | StageEnd
type Act = (kind: StageKind, context: StageContext<unknown>) => Promise<Result>

const open: Act = (kind, context) => kind.open(context)
const overtaken: Act = (kind, context) => {
  if (!kind.overtaken) throw new Error(`stage kind ${kind.id} uses authenticators and is not ready to come second`)
  return kind.overtaken(context)
}

/** `first` acts at the node where the attempt stands; every node after it is opened. */
export const runAttempt = async (ports: FlowPorts, begun: Journey, first: Act = open): Promise<FlowStep> => {
  let journey = begun
  let act = first
  for (let stages = 0; stages < MOST_STAGES; stages++) {
    const { row, flow } = journey.attempt
    if (row.node === END) return finish(ports, journey)
    const node = flow.nodes.get(row.node)
    if (!node) return refuse(journey, 'expired')
    const waiting = readFacts(row.facts).get(endedWith)
    const result =
      waiting === undefined ? await act(node.kind, await contextOf(ports, journey, node)) : { end: waiting }
    act = open
    const went =
      'ask' in result ? await settleAsk(ports, journey, node, result) : await takeEnd(ports, journey, node, result)
    if ('step' in went) return went.step
    if ('overtaken' in went) act = overtaken
    else journey = went.journey
  }
  return refuse(journey, 'loop')
}

const refuse = (journey: Journey, code: RefusalCode): FlowStep => ({
  kind: 'refused',
  ...refusal(code, journey.attempt.row),
  performed: journey.performed,
})

type Went = { readonly journey: Journey } | { readonly step: FlowStep } | { readonly overtaken: true }

const personOf = async (ports: FlowPorts, row: AttemptRow): Promise<Person | null> => {
  const id = readFacts(row.facts).get(pendingUser)
  return id === undefined ? null : ports.person(id)
}

const contextOf = async (ports: FlowPorts, journey: Journey, node: CompiledNode): Promise<StageContext<unknown>> => {
  const { attempt, context, destination } = journey
  const person = await personOf(ports, attempt.row)
  return {
    config: node.settings,
    facts: readFacts(attempt.row.facts),
    request: context.request,
    person,
    signedIn: context.signedIn,
    destination,
    purpose: attempt.flow.purpose,
    place: { flow: attempt.flow.slug, revision: attempt.flow.revision, node: node.id, attempt: attempt.row.id },
    ports: {
      ...ports.stage,
      authenticators: {
        ...ports.stage.authenticators,
        relyingParty: await ports.relyingParty(context.request.origin),
      },
      flows: { ...ports.stage.flows, way: (way) => ports.way(way, context.request.origin) },
      guesses: guessesOf(ports, context),
      sealing: sealingOf(ports, journey),
      trustedDevice: async (user) => {
        const shown = context.trust?.[user]
        return shown === undefined ? null : ports.trustedDevice(user, shown, context.request.at)
      },
      evaluate: createEvaluate(situationOf(journey, person)),
    },
  }
}

/** Whoever signed in from this browser before is counted by it, and by nothing that strangers can use up (M16). */
const guessesOf = (ports: FlowPorts, { request, device }: FlowContext): StagePorts['guesses'] => ({
  take: (what, account) =>
    ports.guesses.take({
      what,
      account,
      ip: request.ip,
      device: device?.people.includes(account) ? device.id : null,
    }),
  forgive: ports.guesses.forgive,
})

/** Bound to the attempt: what one holds opens in no other. */
const sealingOf = (ports: FlowPorts, { attempt, context }: Journey): StagePorts['sealing'] => {
  const { id, expiresAt } = attempt.row
  return {
    seal: (value) => ports.seal('stage', { attempt: id, value }, expiresAt),
    open: (sealed) => {
      const held = ports.unseal('stage', sealed, context.request.at)
      // Sealed above and nowhere else.
      return held?.attempt === id ? (held.value as JsonObject) : null
    },
  }
}

const situationOf = (journey: Journey, pending: Person | null): FlowSituation => {
  const { attempt, context, destination } = journey
  const person = aboutWhom(journey, pending)
  return {
    facts: attempt.row.facts,
    person,
    session: context.signedIn?.session ?? null,
    destination,
    request: context.request,
    deviceSince: person && knownSince(context.device, person.user.id, context.request.at),
  }
}

const aboutWhom = ({ attempt, context }: Journey, pending: Person | null): Person | null => {
  if (pending) return pending
  return readFacts(attempt.row.facts).get(pendingUser) === undefined ? (context.signedIn?.person ?? null) : null
}

/** Of a name that is nobody's, as stages count it: both are judged alike (G01). */
const failuresOf = (ports: FlowPorts, journey: Journey, pending: Person | null): Promise<Failures> => {
  const { attempt, context } = journey
  const name = readFacts(attempt.row.facts).get(typedName) ?? ''
  const account = aboutWhom(journey, pending)?.user.id ?? name.toLowerCase()
  return ports.failures({ account, ip: context.request.ip, browser: context.device })
}

/** The attempt with other facts at another node; it is kept by `perform`, or sealed into the page. */
const moveTo = (journey: Journey, node: string, facts: AttemptRow['facts']): Journey => ({
  ...journey,
  attempt: { ...journey.attempt, row: { ...journey.attempt.row, node, facts } },
  moved: true,
})

const settleAsk = async (ports: FlowPorts, journey: Journey, node: CompiledNode, result: StageAsk): Promise<Went> => {
  const came = await learn(ports, journey, node, result)
  if (!('journey' in came)) return came
  const effects = result.effects ?? []
  const kept = await keep(ports, came.journey, effects)
  if (!('journey' in kept)) return kept
  return { step: await show(ports, kept.journey, node, result) }
}

/** Takes a stage's end in: what it came to know, what it does, and the edge that follows. */
const takeEnd = async (ports: FlowPorts, journey: Journey, node: CompiledNode, result: StageEnd): Promise<Went> => {
  if (!node.kind.outcomes.includes(result.end))
    throw new Error(`stage kind ${node.kind.id} has no outcome ${result.end}`)
  const came = await learn(ports, journey, node, result)
  if (!('journey' in came)) return came
  const effects = result.effects ?? []
  if (result.leave !== undefined) return leaveFor(ports, came.journey, effects, result.leave)
  if (result.again) {
    const begun = moveTo(came.journey, came.journey.attempt.flow.start, came.journey.attempt.row.facts)
    return effects.length > 0 ? keep(ports, begun, effects) : { journey: begun }
  }
  const edges = node.next.get(result.end) ?? []
  if (edges.length < 2 || !effects.some(isChange)) return follow(ports, came.journey, node, result.end, effects)
  // Conditions are to see what the effects change (the new session, the new person): the attempt is kept as done with
  // this node, and the edge is chosen afterwards, also when the process ends in between.
  const { row } = came.journey.attempt
  return keep(ports, moveTo(came.journey, row.node, withFact(row.facts, endedWith, result.end)), effects)
}

const follow = async (
  ports: FlowPorts,
  journey: Journey,
  node: CompiledNode,
  outcome: string,
  effects: readonly Effect[],
): Promise<Went> => {
  const { row } = journey.attempt
  const situation = async (withFailures: boolean): Promise<FlowSituation> => {
    const person = await personOf(ports, row)
    const failures = withFailures ? await failuresOf(ports, journey, person) : null
    return { ...situationOf(journey, person), failures }
  }
  const edge = await chooseEdge(node.next.get(outcome) ?? [], situation)
  if (!edge.ok) {
    // Going on to the next edge instead could pass by the very stage that the condition asks for.
    return deny(ports, journey, { type: 'expression.failed', detail: { node: node.id, outcome, error: edge.error } })
  }
  const moved = moveTo(journey, edge.value, withFact(row.facts, endedWith, undefined))
  return effects.length > 0 ? keep(ports, moved, effects) : { journey: moved }
}

/** What a stage came to know, and whether it may have these effects at all. */
const learn = async (ports: FlowPorts, journey: Journey, node: CompiledNode, result: Result): Promise<Went> => {
  const { row } = journey.attempt
  const effects = result.effects ?? []
  const facts = writeFacts(row.facts, result.know ?? [], node.kind)
  const made = effects.find((effect) => effect.do === 'create_user')?.user ?? null
  const refused = changesPerson(row.facts, facts, made)
    ? 'the attempt is about somebody else already'
    : await judgeEffects(effects, {
        kind: node.kind,
        before: row.facts,
        facts,
        session: journey.context.signedIn?.session ?? null,
        now: journey.context.request.at,
        person: ports.person,
        heldMethods: ports.heldMethods,
      })
  if (refused !== null) return deny(ports, journey, { type: 'login.refused', detail: { node: node.id, why: refused } })
  const known = made === null ? facts : withFact(facts, createdUser, made)
  return { journey: known === row.facts ? journey : moveTo(journey, row.node, known) }
}

type Refusing = Extract<Effect, { do: 'record' }>['event']

const deny = async (ports: FlowPorts, journey: Journey, event: Refusing): Promise<Went> => {
  const user = readFacts(journey.attempt.row.facts).get(pendingUser)
  await ports.perform({
    ...workOf(journey),
    effects: [{ do: 'record', event: { ...event, ...(user === undefined ? {} : { user }) } }],
    move: null,
  })
  return { step: refuse(journey, 'denied') }
}

const workOf = ({ attempt, context, destination }: Journey) => ({
  request: context.request,
  signedIn: context.signedIn,
  flow: attempt.flow.slug,
  application: destination?.application ?? null,
  device: context.device,
})

/** Performs the effects and keeps the attempt, where it is to be kept: with its first proof, or its first change. */
const keep = async (ports: FlowPorts, journey: Journey, effects: readonly Effect[]): Promise<Went> => {
  const { attempt } = journey
  const becomesRow = attempt.stored || hasProofs(attempt.row.facts) || effects.some(isChange)
  const move = becomesRow && (journey.moved || effects.length > 0) ? moveOf(attempt) : null
  if (effects.length === 0 && move === null) return { journey }
  const done = await ports.perform({ ...workOf(journey), effects, move })
  if (done.outcome === 'refused') return { step: refuse(journey, 'denied') }
  if (done.outcome === 'overtaken') return { overtaken: true }
  if (done.outcome === 'stale') return { step: await stale(ports, journey) }
  const kept: Journey = move ? { ...journey, attempt: afterMove(attempt), moved: false } : journey
  return { journey: await withSession(ports, kept, done) }
}

const moveOf = ({ row, stored }: Attempt): AttemptMove => {
  const { id, step, node } = row
  // Of an attempt that has ended, only where it led is kept.
  const facts = node === END ? pickNext(row.facts) : row.facts
  return stored
    ? { do: 'advance', id, step, node, facts }
    : { do: 'insert', attempt: { ...row, facts, step: step + 1 } }
}

const pickNext = (facts: AttemptRow['facts']): AttemptRow['facts'] =>
  withFact({}, nextPath, readFacts(facts).get(nextPath))

const afterMove = (attempt: Attempt): Attempt => ({
  ...attempt,
  stored: true,
  row: { ...attempt.row, step: attempt.row.step + 1 },
})

/** Goes on with the session that the effects made, changed or ended. */
const withSession = async (ports: FlowPorts, journey: Journey, { session, trust }: Performed): Promise<Journey> => {
  const performed = trust ? { ...journey.performed, trust } : journey.performed
  if (session === undefined) return { ...journey, performed }
  const person = session && (await ports.person(session.session.userId))
  const signedIn: SignedIn | null = session && person ? { session: session.session, person } : null
  return { ...journey, performed: { ...performed, session }, context: { ...journey.context, signedIn } }
}

const stale = async (ports: FlowPorts, journey: Journey): Promise<FlowStep> => {
  const row = await ports.attempt(journey.attempt.row.id)
  return { kind: 'refused', ...refusal('stale', row ?? journey.attempt.row), performed: journey.performed }
}

const leaveFor = async (
  ports: FlowPorts,
  journey: Journey,
  effects: readonly Effect[],
  address: string,
): Promise<Went> => {
  const { row } = journey.attempt
  const kept = await keep(ports, moveTo(journey, END, row.facts), effects)
  if (!('journey' in kept)) return kept
  return { step: { kind: 'leave', to: address, performed: kept.journey.performed } }
}

const finish = async (ports: FlowPorts, journey: Journey): Promise<FlowStep> => {
  // Without a row nothing was done that could be done twice.
  const kept: Went = journey.attempt.stored && journey.moved ? await keep(ports, journey, []) : { journey }
  if ('step' in kept) return kept.step
  if ('overtaken' in kept) throw new Error('nothing was used, and somebody used it first')
  return { kind: 'leave', to: nextOf(journey.attempt.row) ?? HOME, performed: kept.journey.performed }
}

const show = async (ports: FlowPorts, journey: Journey, node: CompiledNode, result: StageAsk): Promise<FlowStep> => {
  const { attempt, context, destination, performed } = journey
  return {
    kind: 'show',
    attempt: attemptName(ports, attempt),
    step: attempt.row.step,
    sealed: !attempt.stored,
    flow: attempt.flow,
    node: node.id,
    stage: node.kind,
    ask: result.ask,
    errors: result.errors ?? [],
    next: nextOf(attempt.row),
    destination,
    personName: await personName(ports, journey),
    signedInAs: isBoundToSession(attempt.flow.purpose) ? (context.signedIn?.person.user.username ?? null) : null,
    performed,
  }
}

/** The name of who was proven or is signed in: to show it for a name merely typed would tell that it exists (G01). */
const personName = async (ports: FlowPorts, { attempt, context }: Journey): Promise<string | null> => {
  if (hasProofs(attempt.row.facts)) return (await personOf(ports, attempt.row))?.user.name ?? null
  return isBoundToSession(attempt.flow.purpose) ? (context.signedIn?.person.user.name ?? null) : null
}
