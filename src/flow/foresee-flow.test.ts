import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW, TOY_KINDS, toyFlow, toyPerson } from '../../test/support/toy-house.ts'
import { pendingUser, proofs } from '../kinds/contract/fact.ts'
import type { Foreseen, Means } from '../kinds/contract/foresee.ts'
import type { StageKind } from '../kinds/contract/stage.ts'
import type { CompiledFlow, CompiledNode } from './compiled-flow.ts'
import type { FlowEdge, FlowSpec } from './document.ts'
import { foreseeFlow } from './foresee-flow.ts'

const ana = toyPerson('ana')
const means: Means = { names: ['ana'], password: true, authenticators: [] }
const request = { ip: '10.0.0.1', userAgent: 'toy', origin: 'https://id.example.com', at: NOW, id: 'r' }
const named = { name: pendingUser.name, value: ana.user.id }
const proven = { name: proofs.name, value: [{ method: 'pwd', at: NOW }] }

/** The flow with what these kinds foresee. */
const foreseeing = (flow: CompiledFlow, told: Readonly<Record<string, Foreseen>>): CompiledFlow => {
  const nodes = [...flow.nodes].map(([id, node]): [string, CompiledNode] => {
    const foreseen = told[node.kind.id]
    return [id, foreseen ? { ...node, kind: { ...node.kind, foresee: () => foreseen } satisfies StageKind } : node]
  })
  return { ...flow, nodes: new Map(nodes) }
}

const TOLD: Readonly<Record<string, Foreseen>> = {
  identify: { ends: [{ outcome: 'ok', know: [named] }] },
  password: { ends: [{ outcome: 'ok', know: [proven] }] },
  message: { ends: [{ outcome: 'ok' }], unsure: ['user'] },
}

const walk = (nodes: Record<string, unknown>, told = TOLD, more: Partial<Pick<FlowSpec, 'start'>> = {}) => {
  const flow = foreseeing(toyFlow({ purpose: 'sign_in', start: 'identify', ...more, nodes }), told)
  const common = { flow, person: ana, means, session: null, destination: null, request, sendsMail: false }
  const came = foreseeFlow(common)
  return came.ok ? came.value.steps.map(({ node, outcome }) => `${node} ${outcome}`) : came.error
}

const edges = (...to: (string | FlowEdge)[]) => to.map((one) => (typeof one === 'string' ? { to: one } : one))
const begin = { identify: { stage: 'identify', next: { ok: edges('password') } } }
const end = { 'sign-in': { stage: 'sign-in', next: { ok: edges('end') } }, deny: { stage: 'deny' } }
const password = (...ok: FlowEdge[]) => ({ stage: 'password', next: { ok, failed: edges('identify') } })

test('tells how each stage ends for whoever gets in', () => {
  const nodes = { ...begin, password: password({ to: 'deny', when: 'false' }, { to: 'sign-in' }), ...end }
  assert.deepEqual(walk(nodes), ['identify ok', 'password ok'])
})

test('tells where somebody stops, and the condition that led there', () => {
  const nodes = {
    ...begin,
    password: password({ to: 'deny', when: "user.username == 'ana'" }, { to: 'sign-in' }),
    ...end,
  }
  const why = `gets no further (since "user.username == 'ana'" holds: user.username is ana)`
  assert.deepEqual(walk(nodes), { node: 'deny', why, settled: false })
})

test('does not tell what is kept of people by the values of a condition', () => {
  const person = { ...ana, user: { ...ana.user, attributes: { salary: 5 } } }
  const when = 'user.attributes.salary == 5'
  const nodes = { ...begin, password: password({ to: 'deny', when }, { to: 'sign-in' }), ...end }
  const flow = foreseeing(toyFlow({ purpose: 'sign_in', start: 'identify', nodes }), TOLD)
  const came = foreseeFlow({ flow, person, means, session: null, destination: null, request, sendsMail: false })
  assert.deepEqual(came.ok ? null : came.error.why, `gets no further (since "${when}" holds)`)
})

test('a condition that cannot be judged lets nobody on', () => {
  const nodes = { ...begin, password: password({ to: 'deny', when: 'facts.nothing == 1' }, { to: 'sign-in' }), ...end }
  const stopped = walk(nodes)
  assert.ok('why' in stopped)
  assert.match(stopped.why, /^is refused, since "facts\.nothing == 1" cannot be judged/)
})

test('where a condition rests on what is learnt on the way, every branch has to lead in', () => {
  const asked = (first: string, then: string) => ({
    ...begin,
    password: password({ to: 'message' }),
    message: { stage: 'message', next: { ok: edges({ to: first, when: "user.name == 'ANA'" }, then) } },
    again: { stage: 'pass', next: { ok: edges('sign-in') } },
    ...end,
  })
  for (const [first, then] of [
    ['deny', 'again'],
    ['again', 'deny'],
  ] as const) {
    const stopped = walk(asked(first, then))
    assert.ok('node' in stopped && stopped.node === 'deny', JSON.stringify(stopped))
  }
  const { deny: _, ...others } = asked('sign-in', 'again')
  assert.ok(Array.isArray(walk(others)))
})

test('takes another end where the best leads nowhere, and says of which stage there is no better', () => {
  const told = {
    ...TOLD,
    password: { ends: [{ outcome: 'failed' }], because: 'has no password' },
  }
  const nodes = {
    ...begin,
    password: { ...password({ to: 'sign-in' }), next: { ok: edges('sign-in'), failed: edges('deny') } },
    ...end,
  }
  assert.deepEqual(walk(nodes, told), { node: 'password', why: 'has no password', settled: true })
  const both = { ...TOLD, password: { ends: [{ outcome: 'failed' }, { outcome: 'ok', know: [proven] }] } }
  assert.deepEqual(walk(nodes, both), ['identify ok', 'password ok'])
})

test('whoever is led back to where they were, knowing no more, goes round in a circle', () => {
  const told = { ...TOLD, password: { ends: [{ outcome: 'failed' }] } }
  const nodes = { ...begin, password: password({ to: 'sign-in' }), ...end }
  const { deny: _, ...circle } = nodes
  assert.deepEqual(walk(circle, told), { node: 'password', why: 'goes round in a circle', settled: false })
})

test('a proof of one person is not made into a sign-in of another (G04)', () => {
  const told = {
    ...TOLD,
    code: { ends: [{ outcome: 'ok', know: [{ name: pendingUser.name, value: 'somebody else' }] }] },
  }
  const nodes = {
    ...begin,
    password: password({ to: 'code' }),
    code: { stage: 'code', next: { ok: edges('sign-in') } },
    'sign-in': end['sign-in'],
  }
  const stopped = walk(nodes, told)
  assert.ok('why' in stopped && /somebody else/.test(stopped.why), JSON.stringify(stopped))
})

test('a stage that foresees nothing is taken by what it predicts, and teaches nothing', () => {
  assert.ok(TOY_KINDS.get('code')?.foresee === undefined)
  const nodes = {
    ...begin,
    password: password({ to: 'pass' }),
    pass: { stage: 'pass', next: { ok: edges('sign-in') } },
    'sign-in': end['sign-in'],
  }
  assert.deepEqual(walk(nodes), ['identify ok', 'password ok', 'pass ok'])
})
