import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { documents, pruned } from '../../test/support/toy-documents.ts'
import { createToyHouse, TOY_KINDS, toyFlow, toyPerson, toySession } from '../../test/support/toy-house.ts'
import type { Destination } from '../kinds/contract/stage.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { compileFlow } from './compile-flow.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import type { FlowSpec } from './document.ts'
import type { FlowStep } from './ports.ts'
import { predictWalk } from './predict-walk.ts'

const to = (target: string) => [{ to: target }]
const wiki: Destination = { application: 'wiki', applicationName: 'Wiki', formAction: [] }

test('tells that nobody is needed where every stage of the way says so', () => {
  const flow = toyFlow({
    purpose: 'sign_out',
    start: 'a',
    nodes: { a: { stage: 'pass', next: { ok: to('b') } }, b: { stage: 'logout', next: { ok: to('end') } } },
  })
  const walk = predictWalk(flow, { facts: {}, signedIn: true, destination: null })
  assert.equal(walk.needsPerson, false)
  assert.deepEqual(
    [...walk.outcomes],
    [
      ['a', new Set(['ok'])],
      ['b', new Set(['ok'])],
    ],
  )
})

test('a prediction that rests on facts counts only until a stage was passed', () => {
  const reading = {
    id: 'reading',
    config: TOY_KINDS.get('pass')?.config ?? {},
    version: 1,
    outcomes: ['a', 'b'],
    predict: () => ({ outcomes: ['a'], needsPerson: false, reads: ['x'] }),
    open: async () => ({ end: 'a' }),
  }
  const kinds = new Map([...TOY_KINDS, ['reading', reading]])
  const walkOf = (start: string) => {
    const nodes = {
      ...(start === 'first' ? { first: { stage: 'pass', settings: {}, next: { ok: to('read') } } } : {}),
      read: { stage: 'reading', settings: {}, next: { a: to('end'), b: to('end') } },
    }
    const compiled = compileFlow(
      { name: 'F', purpose: 'enrol', start, nodes },
      { slug: 'f', revision: 1 },
      kinds,
      compileExpression,
    )
    assert.ok(compiled.ok)
    const walk = predictWalk(compiled.value, { facts: {}, signedIn: false, destination: null })
    return [walk.needsPerson, [...(walk.outcomes.get('read') ?? [])]]
  }
  assert.deepEqual(walkOf('read'), [false, ['a']])
  assert.deepEqual(walkOf('first'), [true, ['a', 'b']])
})

const inputs = fc.array(
  fc.record({
    username: fc.constantFrom('ana', 'ana', 'bea', 'off', 'nobody', ''),
    password: fc.constantFrom('ana-password', 'ana-password', 'bea-password', 'off-password', 'x'),
    code: fc.constantFrom('123456', '123456', 'x'),
    answer: fc.constantFrom('yes', 'no'),
  }),
  { maxLength: 12 },
)

type Lived = {
  readonly flow: CompiledFlow
  readonly steps: readonly FlowStep[]
  readonly house: ReturnType<typeof createToyHouse>
}

const live = async (
  spec: FlowSpec,
  answers: readonly Record<string, string>[],
  signedIn: boolean,
  leads: boolean,
): Promise<Lived | null> => {
  const compiled = compileFlow(pruned(spec), { slug: 'random', revision: 1 }, TOY_KINDS, compileExpression)
  if (!compiled.ok) return null
  const flow = compiled.value
  const house = createToyHouse(flow)
  house.destinations.set('/on', wiki)
  const person = toyPerson('ana')
  if (signedIn) house.signedIn = { person, session: toySession(person.user.id) }
  const steps: FlowStep[] = [
    await house.engine.begin({ ...house.context(), flow, purpose: flow.purpose, next: leads ? '/on' : null }),
  ]
  for (const input of answers) {
    const at = steps.at(-1)
    if (at?.kind !== 'show') break
    steps.push(await house.engine.answer(at.attempt, at.step, input, house.context()))
  }
  return { flow, steps, house }
}

test('whatever graph passes lint: an attempt ends or waits for a person, nobody signs in without a proof, and predictions hold', async () => {
  let lived = 0
  let signed = 0
  await fc.assert(
    fc.asyncProperty(documents, inputs, fc.boolean(), fc.boolean(), async (spec, answers, signedIn, leads) => {
      const life = await live(spec, answers, signedIn, leads)
      if (!life) return
      lived += 1
      const { flow, steps, house } = life
      const walk = predictWalk(flow, { facts: {}, signedIn, destination: leads ? wiki : null })
      for (const step of steps) {
        assert.ok(
          step.kind !== 'refused' || ['denied', 'stale', 'expired', 'signed_out', 'other_person'].includes(step.code),
          JSON.stringify(step),
        )
        if (step.kind === 'show') assert.ok(walk.outcomes.has(step.node), `${step.node} was not foreseen`)
      }
      if (!walk.needsPerson)
        assert.ok(
          steps.every((step) => step.kind !== 'show'),
          'somebody was asked after all',
        )
      for (const effect of house.effects) {
        if (effect.do !== 'sign_in' && effect.do !== 'prove') continue
        signed += 1
        assert.ok(effect.proofs.length > 0)
        if (effect.do === 'sign_in') assert.ok(['user-ana', 'user-bea'].includes(effect.user))
      }
    }),
    { numRuns: 4000 },
  )
  assert.ok(lived > 300 && signed > 100, `${lived} flows lived, ${signed} sign-ins`)
})
