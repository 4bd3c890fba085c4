/** Policies on the edges of flows: as the executor takes them, as they are simulated, and as the lock-out guard sees them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToyHouse, NOW, TOY_KINDS, type ToyHouse, toyFlow, toyPerson } from '../../test/support/toy-house.ts'
import { DAY } from '../base/clock.ts'
import { NO_FAILURES } from '../domain/guess-limits/failures.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import { pendingUser, proofs, typedName } from '../kinds/contract/fact.ts'
import type { Foreseen } from '../kinds/contract/foresee.ts'
import { policyKinds } from '../kinds/registry.ts'
import { compileExpression } from '../policy/expression/compile-expression.ts'
import { readSpec } from '../resources/read-spec.ts'
import { policyType } from '../resources/types/policy-type.ts'
import { compileFlow } from './compile-flow.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import { foreseeFlow } from './foresee-flow.ts'
import type { FlowContext, FlowStep } from './ports.ts'
import { simulateFlow } from './simulate-flow.ts'

const type = policyType(policyKinds)
const made = (slug: string, kind: string, settings: object): CompiledPolicy => {
  const spec = readSpec(type, { kind, settings }, type.version)
  const context = { expression: compileExpression, secret: () => undefined, get: () => undefined }
  const identity = { id: slug, slug, organisation: 'main', revision: 1 }
  // The schema of policies made it.
  const compiled = spec.ok ? type.compile(spec.value as never, identity, context) : spec
  return compiled.ok ? compiled.value : assert.fail(JSON.stringify(compiled.error))
}
const POLICIES = new Map(
  [
    made('toy-network', 'network', { allowed: ['10.0.0.0/8', '127.0.0.0/8'] }),
    made('elsewhere', 'network', { allowed: ['192.0.2.0/24'] }),
    made('calm', 'reputation', { pair: 3 }),
    made('own', 'known-device', { known_for: '1d' }),
    made('broken', 'expression', { expression: "user.attributes.level == 'x'" }),
    made('secretive', 'expression', { expression: 'user.attributes.salary == 5.0' }),
  ].map((one) => [one.slug, one]),
)
const find = (slug: string) => POLICIES.get(slug)

const to = (target: string) => [{ to: target }]
const branching = (edge: object): CompiledFlow =>
  toyFlow(
    {
      purpose: 'enrol',
      start: 'pass',
      nodes: {
        pass: { stage: 'pass', next: { ok: [{ to: 'one', ...edge }, { to: 'two' }] } },
        one: { stage: 'message', next: { ok: to('end') } },
        two: { stage: 'message', next: { ok: to('end') } },
      },
    },
    undefined,
    find,
  )
const ana = toyPerson('ana')
const aboutAna = { name: pendingUser.name, value: ana.user.id }
const begin = async (
  house: ToyHouse,
  flow: CompiledFlow,
  over: Partial<FlowContext> = {},
  know: object[] = [aboutAna],
) => {
  const step = await house.engine.begin({
    ...house.context(),
    ...over,
    flow,
    purpose: flow.purpose,
    next: null,
    know: know as { name: string; value: string }[],
  })
  return nodeOf(step)
}
const nodeOf = (step: FlowStep): string =>
  step.kind === 'show' ? step.node : step.kind === 'refused' ? step.code : step.kind

test('refuses an edge whose policy is not there, and a last edge that asks for one', () => {
  const compile = (edges: object[]) => {
    const nodes = { hello: { stage: 'message', settings: {}, next: { ok: edges } } }
    const spec = { name: 'Toy', purpose: 'enrol', start: 'hello', nodes } as never
    const compiled = compileFlow(spec, { slug: 'toy', revision: 1 }, TOY_KINDS, compileExpression, find)
    return compiled.ok ? [] : compiled.error.map(({ path }) => path)
  }
  assert.deepEqual(compile([{ to: 'hello', policy: 'nothing' }, { to: 'end' }]), ['nodes.hello.next.ok[0].policy'])
  assert.deepEqual(compile([{ to: 'end', policy: 'calm' }]), ['nodes.hello.next.ok[0].policy'])
})

test('a policy that cannot be judged refuses the attempt: the edge after it could pass by a proof', async () => {
  const flow = branching({ policy: 'broken' })
  const house = createToyHouse(flow)
  assert.equal(await begin(house, flow), 'denied')
  assert.deepEqual(house.events(), ['expression.failed'])
})

test('an edge is taken where its policy holds, and beside a condition where both do', async () => {
  for (const [edge, node] of [
    [{ policy: 'elsewhere' }, 'two'],
    [{ policy: 'elsewhere', when: 'true' }, 'two'],
    [{ policy: 'toy-network', when: 'false' }, 'two'],
    [{ policy: 'broken', when: 'false' }, 'two'],
    [{ policy: 'toy-network', when: "user.username == 'ana'" }, 'one'],
    [{ policy: 'toy-network' }, 'one'],
  ] as const) {
    const flow = branching(edge)
    assert.equal(await begin(createToyHouse(flow), flow), node, JSON.stringify(edge))
  }
})

test('G01 a reputation is that of the person, or of the name that is nobody’s, alike', async () => {
  const flow = branching({ policy: 'calm' })
  const house = createToyHouse(flow)
  assert.equal(await begin(house, flow), 'one')
  house.failures.set(ana.user.id, { ...NO_FAILURES, pair: 3 })
  house.failures.set('nobody at all', { ...NO_FAILURES, pair: 3 })
  assert.equal(await begin(house, flow), 'two')
  const named = [
    { name: pendingUser.name, value: 'user-nobody' },
    { name: typedName.name, value: 'Nobody at all' },
  ]
  assert.equal(await begin(house, flow, {}, named), 'two')
})

test('a browser is known to whom it signed in long enough ago, and to nobody else', async () => {
  const flow = branching({ policy: 'own' })
  const house = createToyHouse(flow)
  const device = (person: string, since: number) => ({ id: 'd', people: [person], since: { [person]: since } })
  assert.equal(await begin(house, flow), 'two')
  assert.equal(await begin(house, flow, { device: device(ana.user.id, NOW - 60_000) }), 'two')
  assert.equal(await begin(house, flow, { device: device('user-bea', NOW - 2 * DAY) }), 'two')
  assert.equal(await begin(house, flow, { device: device(ana.user.id, NOW - 2 * DAY) }), 'one')
})

const request = { ip: '10.0.0.1', userAgent: 'toy', origin: 'https://id.example.com', at: NOW, id: 'r' }

test('a simulation tells each policy with what it saw', () => {
  const flow = branching({ policy: 'elsewhere', when: 'true' })
  const situation = { facts: {}, person: ana, session: null, destination: null, request }
  const [step] = simulateFlow({ flow, situation, choices: {} }).path
  assert.deepEqual(step?.edges[0], {
    to: 'one',
    when: 'true',
    policy: 'elsewhere',
    value: false,
    saw: { 'policy elsewhere': { ip: '10.0.0.1' } },
    error: null,
  })
})

const FORESEEN: Readonly<Record<string, Foreseen>> = {
  identify: { ends: [{ outcome: 'ok', know: [aboutAna] }] },
  password: { ends: [{ outcome: 'ok', know: [{ name: proofs.name, value: [{ method: 'pwd', at: NOW }] }] }] },
}
/** Whether ana is promised to come in where the edge leads to a page that denies, or in by it alone. */
const foreseen = (edge: object, leads: 'in' | 'out', person = ana) => {
  const flow = toyFlow(
    {
      purpose: 'sign_in',
      start: 'identify',
      nodes: {
        identify: { stage: 'identify', next: { ok: to('password') } },
        password: {
          stage: 'password',
          next: {
            ok: [{ to: leads === 'in' ? 'sign-in' : 'deny', ...edge }, { to: leads === 'in' ? 'deny' : 'sign-in' }],
            failed: to('identify'),
          },
        },
        'sign-in': { stage: 'sign-in', next: { ok: to('end') } },
        deny: { stage: 'deny' },
      },
    },
    undefined,
    find,
  )
  const nodes = [...flow.nodes].map(([id, node]) => {
    const told = FORESEEN[node.kind.id]
    return [id, told ? { ...node, kind: { ...node.kind, foresee: () => told } } : node] as const
  })
  return foreseeFlow({
    flow: { ...flow, nodes: new Map(nodes) },
    person,
    means: { names: ['ana'], password: true, authenticators: [] },
    session: null,
    destination: null,
    request,
    sendsMail: false,
  })
}

test('I19 nobody counts on a reputation or a browser: whoever comes in by one edge alone is not promised to', () => {
  for (const policy of ['calm', 'own']) {
    for (const edge of [{ policy }, { policy, when: 'true' }]) {
      assert.equal(foreseen(edge, 'in').ok, false, JSON.stringify(edge))
      assert.equal(foreseen(edge, 'out').ok, false, JSON.stringify(edge))
    }
    assert.equal(foreseen({ policy, when: 'false' }, 'out').ok, true, 'a policy that is not asked shuts nobody out')
  }
})

test('I19 a network is judged from where the change is made', () => {
  assert.equal(foreseen({ policy: 'toy-network' }, 'in').ok, true)
  assert.equal(foreseen({ policy: 'toy-network' }, 'out').ok, false)
  assert.equal(foreseen({ policy: 'elsewhere' }, 'in').ok, false)
  assert.equal(foreseen({ policy: 'elsewhere' }, 'out').ok, true)
})

test('I19 the guard does not tell what is kept of people by what a policy saw', () => {
  const rich = { ...ana, user: { ...ana.user, attributes: { salary: 5 } } }
  const came = foreseen({ policy: 'secretive' }, 'out', rich)
  assert.equal(came.ok, false)
  assert.doesNotMatch(JSON.stringify(came), /salary/)
})
