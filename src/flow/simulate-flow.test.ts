import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { documents, pruned } from '../../test/support/toy-documents.ts'
import { TOY_KINDS, toyFlow, toyPerson } from '../../test/support/toy-house.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { compileFlow } from './compile-flow.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import type { FlowSituation } from './flow-variables.ts'
import { predictWalk } from './predict-walk.ts'
import { simulateFlow } from './simulate-flow.ts'

const to = (target: string, when?: string) => (when === undefined ? { to: target } : { to: target, when })
const request = { ip: '10.1.2.3', userAgent: 'test', origin: 'https://id.example.com', at: 1_000_000, id: 'r' }
const situation = (more: Partial<FlowSituation> = {}): FlowSituation => ({
  facts: {},
  person: toyPerson('ana'),
  session: null,
  destination: null,
  request,
  ...more,
})
const walk = (flow: CompiledFlow, choices = {}, more: Partial<FlowSituation> = {}) =>
  simulateFlow({ flow, situation: situation(more), choices })

const SIGN_IN = toyFlow({
  purpose: 'sign_in',
  start: 'identify',
  nodes: {
    identify: { stage: 'identify', next: { ok: [to('password')] } },
    password: {
      stage: 'password',
      next: {
        ok: [to('code', '!in_network(request.ip, "10.0.0.0/8")'), to('sign-in')],
        failed: [to('identify')],
      },
    },
    code: { stage: 'code', next: { ok: [to('sign-in')] } },
    'sign-in': { stage: 'sign-in', next: { ok: [to('end')] } },
  },
})

test('tells the nodes somebody comes to, how each ends, and how each condition was judged and by what', () => {
  const { path, end, signsIn } = walk(SIGN_IN)
  assert.deepEqual(
    path.map(({ node, outcome }) => [node, outcome]),
    [
      ['identify', 'ok'],
      ['password', 'ok'],
      ['sign-in', 'ok'],
    ],
  )
  assert.deepEqual([end, signsIn], ['end', true])
  assert.deepEqual(path[1]?.edges, [
    {
      to: 'code',
      when: '!in_network(request.ip, "10.0.0.0/8")',
      policy: null,
      value: false,
      saw: { 'request.ip': '10.1.2.3' },
      error: null,
    },
    { to: 'sign-in', when: null, policy: null, value: true, saw: {}, error: null },
  ])
  const outside = walk(SIGN_IN, {}, { request: { ...request, ip: '192.0.2.1' } })
  assert.deepEqual(
    outside.path.map(({ node }) => node),
    ['identify', 'password', 'code', 'sign-in'],
  )
  // The edge after the one that is taken was not looked at.
  assert.equal(outside.path[1]?.edges[1]?.value, null)
})

test('ends a stage as one is told, the first time and the next', () => {
  const { path, end } = walk(SIGN_IN, { password: ['failed', 'ok'] })
  assert.deepEqual(
    path.map(({ node, outcome }) => `${node}:${outcome}`),
    ['identify:ok', 'password:failed', 'identify:ok', 'password:ok', 'sign-in:ok'],
  )
  assert.equal(end, 'end')
  assert.equal(walk(SIGN_IN, { password: 'failed' }).end, 'circle')
  const wrong = walk(SIGN_IN, { password: 'cancelled' })
  assert.deepEqual([wrong.end, wrong.path.at(-1)?.node, wrong.signsIn], ['no_such_outcome', 'password', false])
})

test('a condition that cannot be judged refuses, as it does when it is meant', () => {
  const flow = toyFlow({
    purpose: 'enrol',
    start: 'a',
    nodes: { a: { stage: 'pass', next: { ok: [to('end', 'facts.nothing == 1'), to('end')] } } },
  })
  const { path, end } = walk(flow)
  assert.equal(end, 'refused')
  assert.match(path[0]?.edges[0]?.error ?? '', /nothing/)
  assert.equal(path[0]?.edges[1]?.value, null)
})

test('stays where a stage ends in nothing, and knows whom the flow is about once somebody answered', () => {
  const flow = toyFlow({
    purpose: 'enrol',
    start: 'identify',
    nodes: {
      identify: { stage: 'identify', next: { ok: [to('pass', 'has(facts.user.pending)'), to('deny')] } },
      pass: { stage: 'pass', next: { ok: [to('deny', 'user.username == "ana"'), to('end')] } },
      deny: { stage: 'deny' },
    },
  })
  const ana = walk(flow)
  assert.deepEqual(
    ana.path.map(({ node, outcome }) => [node, outcome]),
    [
      ['identify', 'ok'],
      ['pass', 'ok'],
      ['deny', null],
    ],
  )
  assert.equal(ana.end, 'stays')
  assert.deepEqual(
    walk(flow, {}, { person: null }).path.map(({ node }) => node),
    ['identify', 'deny'],
  )
})

test('whatever graph passes lint: a simulation ends, keeps to what is predicted, and signs nobody in without a proof', () => {
  let walked = 0
  let signed = 0
  fc.assert(
    fc.property(documents, fc.boolean(), fc.integer({ min: 0, max: 3 }), (spec, known, failures) => {
      const compiled = compileFlow(pruned(spec), { slug: 'random', revision: 1 }, TOY_KINDS, compileExpression)
      if (!compiled.ok) return
      walked += 1
      const flow = compiled.value
      const choices = Object.fromEntries(
        [...flow.nodes.values()]
          .filter((node) => node.kind.outcomes.includes('failed'))
          .map((node) => [node.id, [...Array(failures).fill('failed'), 'ok']]),
      )
      const { path, signsIn } = walk(flow, choices, { person: known ? toyPerson('ana') : null })
      const foreseen = predictWalk(flow, { facts: {}, signedIn: false, destination: null })
      for (const { node, outcome, outcomes } of path) {
        assert.ok(foreseen.outcomes.has(node), `${node} was not foreseen`)
        if (outcome !== null && outcomes.includes(outcome))
          assert.ok(foreseen.outcomes.get(node)?.has(outcome), `${node} ending in ${outcome} was not foreseen`)
      }
      if (!signsIn) return
      signed += 1
      const at = path.findIndex(({ stage, outcome }) => stage === 'sign-in' && outcome === 'ok')
      assert.ok(
        path.slice(0, at).some(({ stage, outcome }) => TOY_KINDS.get(stage)?.proves && outcome === 'ok'),
        'signed in without a proof',
      )
    }),
    { numRuns: 3000 },
  )
  assert.ok(walked > 200 && signed > 80, `${walked} walked, ${signed} signed in`)
})
