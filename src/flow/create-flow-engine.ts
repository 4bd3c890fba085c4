/** The executor: begins attempts, shows them again, takes answers. README.md draws the states. */
import { type AttemptId, newId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { pendingUser } from '../kinds/contract/fact.ts'
import { ATTEMPT_LASTS, type Attempt, isBoundToSession, loadAttempt, nextOf, type Refused, refusal } from './attempt.ts'
import { addFacts, nextPath, withFact } from './facts.ts'
import type { Begin, Enter, FlowContext, FlowEngine, FlowPorts, FlowStep } from './ports.ts'
import { type Journey, runAttempt } from './run-attempt.ts'

const UNCHANGED = { session: undefined } as const

export const createFlowEngine = (ports: FlowPorts): FlowEngine => ({
  begin: async (input) => {
    const attempt = newAttempt(ports, input, input.flow.start)
    if (!mayBegin(input)) return refused(refusal('denied', attempt.row))
    return runAttempt(ports, await journeyOf(ports, attempt, input))
  },
  enter: async (input: Enter) => {
    const attempt = newAttempt(ports, input, input.node)
    if (!mayBegin(input)) return refused(refusal('denied', attempt.row))
    return runAttempt(ports, await journeyOf(ports, attempt, input), async (stage, about) => {
      // A link stands for a stage that takes an answer; a flow that was changed by hand has none there any more.
      return stage.answer ? stage.answer(about, input.input) : stage.open(about)
    })
  },
  reopen: async (name, context) => {
    const loaded = await loadAttempt(ports, name, context)
    if ('refused' in loaded) return refused(loaded.refused)
    return runAttempt(ports, await journeyOf(ports, loaded.attempt, context))
  },
  answer: async (name, step, input, context) => {
    const loaded = await loadAttempt(ports, name, context)
    if ('refused' in loaded) return refused(loaded.refused)
    const { attempt } = loaded
    const kind = attempt.flow.nodes.get(attempt.row.node)?.kind
    // H02: an answer counts for the step it was asked at, and for a stage that asks.
    if (step !== attempt.row.step || !kind?.answer) return refused(refusal('stale', attempt.row))
    const answered: Attempt = attempt.stored ? attempt : { ...attempt, row: { ...attempt.row, step: step + 1 } }
    return runAttempt(ports, await journeyOf(ports, answered, context), async (stage, about) => {
      if (!stage.answer) throw new Error(`stage kind ${stage.id} takes no answer`)
      return stage.answer(about, input)
    })
  },
})

/** H04: a flow drawn for something else proves something else, and a flow about somebody needs them. */
const mayBegin = ({ flow, purpose, signedIn }: Begin): boolean =>
  flow.purpose === purpose && (!isBoundToSession(flow.purpose) || signedIn !== null)

const refused = (why: Refused): FlowStep => ({ kind: 'refused', ...why, performed: UNCHANGED })

const newAttempt = (ports: FlowPorts, input: Begin, node: string): Attempt => {
  const { flow, request, browser, signedIn } = input
  const led: JsonObject = withFact({}, nextPath, input.next ?? undefined)
  const about = isBoundToSession(flow.purpose) || flow.purpose === 'sign_out' ? signedIn?.person.user.id : undefined
  const facts = addFacts(withFact(led, pendingUser, about), input.know ?? [])
  return {
    flow,
    stored: false,
    row: {
      id: newId<AttemptId>(request.at, ports.random),
      flow: flow.slug,
      revision: flow.revision,
      node,
      facts,
      browser,
      expiresAt: request.at + ATTEMPT_LASTS,
      step: 0,
    },
  }
}

const journeyOf = async (ports: FlowPorts, attempt: Attempt, context: FlowContext): Promise<Journey> => {
  const next = nextOf(attempt.row)
  return {
    attempt,
    context: {
      request: context.request,
      browser: context.browser,
      signedIn: context.signedIn,
      device: context.device,
      ...(context.trust === undefined ? {} : { trust: context.trust }),
    },
    destination: next === null ? null : await ports.destination(next),
    performed: UNCHANGED,
    // An attempt that begins with a proof is kept before it is shown.
    moved: !attempt.stored,
  }
}
