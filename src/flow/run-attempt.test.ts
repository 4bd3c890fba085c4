import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createToyHouse,
  NOW,
  TOY_KINDS,
  type ToyHouse,
  toyFlow,
  toyPerson,
  toySession,
} from '../../test/support/toy-house.ts'
import type { UserId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { pendingUser, proofs } from '../kinds/contract/fact.ts'
import type { FlowPurpose, StageEnd } from '../kinds/contract/stage.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import { endedWith } from './facts.ts'
import type { FlowStep } from './ports.ts'

const to = (target: string) => [{ to: target }]
const proven = { name: proofs.name, value: [{ method: 'link', at: NOW }] }
const about = (name: string) => ({ name: pendingUser.name, value: `user-${name}` })

const begin = (house: ToyHouse, flow: CompiledFlow, know: { name: string; value: Json }[] = []): Promise<FlowStep> =>
  house.engine.begin({ ...house.context(), flow, purpose: flow.purpose, next: null, know })
const code = (step: FlowStep): string => (step.kind === 'refused' ? step.code : step.kind)
const nodeOf = (step: FlowStep): string => (step.kind === 'show' ? step.node : code(step))

/** A flow of one faulty stage that ends as told. */
const rogueFlow = (end: StageEnd, purpose: FlowPurpose = 'enrol'): CompiledFlow =>
  toyFlow({ purpose, start: 'rogue', nodes: { rogue: { stage: 'rogue', settings: { end }, next: { ok: to('end') } } } })
/** The same without lint, which would refuse a flow that signs in unproven: the executor does not rely on it. */
const unlinted = (stage: string, end: StageEnd): CompiledFlow => {
  const flow = rogueFlow(end)
  const kind = TOY_KINDS.get(stage)
  const node = flow.nodes.get('rogue')
  if (!kind || !node) throw new Error(stage)
  return { ...flow, nodes: new Map([['rogue', { ...node, kind }]]) }
}
const branching = (when: string): CompiledFlow =>
  toyFlow({
    purpose: 'enrol',
    start: 'pass',
    nodes: {
      pass: { stage: 'pass', next: { ok: [{ to: 'one', when }, { to: 'two' }] } },
      one: { stage: 'message', next: { ok: to('end') } },
      two: { stage: 'message', next: { ok: to('end') } },
    },
  })

test('the first edge whose condition holds is taken, the last one otherwise', async () => {
  const flow = branching('has(facts.prompt.answers.colour) && facts.prompt.answers.colour == "red"')
  const house = createToyHouse(flow)
  assert.equal(nodeOf(await begin(house, flow)), 'two')
  assert.equal(nodeOf(await begin(house, flow, [{ name: 'prompt.answers', value: { colour: 'red' } }])), 'one')
})

test('a condition that fails refuses the attempt: the edge after it could pass by a proof', async () => {
  for (const when of ['facts.risk > 3', 'dyn(facts.flag)', 'user.attributes.level == 1']) {
    const flow = branching(when)
    const house = createToyHouse(flow)
    assert.equal(code(await begin(house, flow, [{ name: 'flag', value: 'yes' }])), 'denied', when)
    assert.deepEqual(house.events(), ['expression.failed'])
  }
})

test('conditions see whom the attempt is about, or else who is signed in', async () => {
  const flow = branching('user.username == "bea"')
  const house = createToyHouse(flow)
  const person = toyPerson('ana')
  house.signedIn = { person, session: toySession(person.user.id) }
  assert.equal(nodeOf(await begin(house, flow)), 'two')
  assert.equal(nodeOf(await begin(house, flow, [about('bea')])), 'one')
  assert.equal(nodeOf(await begin(house, flow, [about('nobody')])), 'two')
})

const afterSignIn = toyFlow({
  purpose: 'sign_in',
  start: 'code',
  nodes: {
    code: { stage: 'code', next: { ok: to('in') } },
    in: {
      stage: 'sign-in',
      next: { ok: [{ to: 'welcome', when: 'session.methods == ["link", "otp"]' }, { to: 'end' }] },
    },
    welcome: { stage: 'message', next: { ok: to('end') } },
  },
})

test('conditions after a sign-in see the new session', async () => {
  const house = createToyHouse(afterSignIn)
  const ask = await begin(house, afterSignIn, [about('ana'), proven])
  assert.ok(ask.kind === 'show')
  const welcome = await house.engine.answer(ask.attempt, ask.step, { code: '123456' }, house.context())
  assert.equal(nodeOf(welcome), 'welcome')
  assert.equal(welcome.performed.session?.cookie, 'cookie')
})

test('an attempt whose process ended between the effects and the edge goes on at the edge, without the effects again', async () => {
  const house = createToyHouse(afterSignIn)
  const ask = await begin(house, afterSignIn, [about('ana'), proven])
  assert.ok(ask.kind === 'show')
  await house.engine.answer(ask.attempt, ask.step, { code: '123456' }, house.context())
  const [row] = house.rows.values()
  assert.ok(row)
  // As the row stood right after the transaction of the sign-in.
  house.rows.set(row.id, { ...row, node: 'in', facts: { ...row.facts, [endedWith.name]: 'ok' } })
  assert.equal(nodeOf(await house.engine.reopen(ask.attempt, house.context())), 'welcome')
  assert.equal(house.effects.filter((effect) => effect.do === 'sign_in').length, 1)
})

test('more than fifty stages in a row are refused as a loop', async () => {
  const ring = toyFlow({
    purpose: 'enrol',
    start: 'n0',
    nodes: {
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [
          `n${index}`,
          { stage: 'pass', next: { ok: to(index === 59 ? 'stop' : `n${index + 1}`) } },
        ]),
      ),
      stop: { stage: 'message', next: { ok: to('n0') } },
    },
  })
  assert.equal(code(await begin(createToyHouse(ring), ring)), 'loop')
})

test('a stage may leave for another address; going back leads on to where the attempt was going', async () => {
  const flow = rogueFlow(
    { end: 'ok', leave: 'https://elsewhere.example/', effects: [{ do: 'sign_out', everywhere: false }] },
    'sign_out',
  )
  const house = createToyHouse(flow)
  const step = await begin(house, flow)
  assert.deepEqual(step.kind === 'leave' && step.to, 'https://elsewhere.example/')
  assert.deepEqual(
    [...house.rows.values()].map((row) => row.node),
    ['end'],
  )
})

test('F03 signs in only where something was proven, by a kind that signs in, and whom the proof is of', async () => {
  const user = 'user-ana' as UserId
  const signIn = { do: 'sign_in', user, proofs: [{ method: 'pwd', at: NOW }], persistent: false } as const
  const prove = { do: 'prove', proofs: [{ method: 'otp', at: NOW }] } as const
  const known = [[], [about('ana')], [proven], [about('bea'), proven]]
  for (const effect of [signIn, prove]) {
    for (const know of known) {
      const flow = unlinted('rogue-sign-in', { end: 'ok', effects: [effect] })
      const house = createToyHouse(flow)
      assert.equal(code(await begin(house, flow, know)), 'denied', `${effect.do} ${JSON.stringify(know)}`)
      assert.deepEqual(house.events(), ['login.refused'])
    }
    const flow = unlinted('rogue', { end: 'ok', effects: [effect] })
    assert.equal(code(await begin(createToyHouse(flow), flow, [about('ana'), proven])), 'denied')
  }
  const proving = unlinted('rogue-sign-in', { end: 'ok', effects: [prove] })
  const house = createToyHouse(proving)
  const bea = toyPerson('bea')
  house.signedIn = { person: bea, session: toySession(bea.user.id) }
  assert.equal(code(await begin(house, proving, [about('ana'), proven])), 'denied')
  assert.equal(code(await begin(house, proving, [about('bea'), proven])), 'leave')
  const flow = unlinted('rogue-sign-in', { end: 'ok', effects: [signIn] })
  assert.equal(code(await begin(createToyHouse(flow), flow, [about('ana'), proven])), 'leave')
})

test('G09 a stage touches only who proved who they are, is signed in, or was made in this attempt', async () => {
  const touch = { do: 'set_password', user: 'user-bea' as UserId, hash: 'x' } as const
  const update = { do: 'update_user', user: 'user-bea' as UserId, patch: { name: 'x' } } as const
  const consent = {
    do: 'give_consent',
    user: 'user-bea' as UserId,
    application: 'wiki',
    clientId: 'wiki',
    scopes: [],
    expiresAt: null,
  } as const
  for (const effect of [touch, update, consent]) {
    const flow = rogueFlow({ end: 'ok', effects: [effect] })
    for (const know of [[], [about('bea')], [about('ana'), proven]]) {
      const house = createToyHouse(flow)
      assert.equal(code(await begin(house, flow, know)), 'denied', `${effect.do} ${JSON.stringify(know)}`)
    }
    const house = createToyHouse(flow)
    const person = toyPerson('bea')
    house.signedIn = { person, session: toySession(person.user.id) }
    assert.equal(code(await begin(house, flow)), 'leave', effect.do)
  }
})

test('whoever is made in an attempt may be given a password in it, at once or later', async () => {
  const user = 'user-new' as UserId
  const create = {
    do: 'create_user',
    user,
    username: 'new',
    name: 'New',
    kind: 'external',
    email: null,
    attributes: {},
    groups: [],
  } as const
  const password = { do: 'set_password', user, hash: 'x' } as const
  const atOnce = rogueFlow({ end: 'ok', know: [{ name: pendingUser.name, value: user }], effects: [create, password] })
  assert.equal(code(await begin(createToyHouse(atOnce), atOnce, [proven])), 'leave')
  const later = toyFlow({
    purpose: 'enrol',
    start: 'create',
    nodes: {
      create: { stage: 'rogue', settings: { end: { end: 'ok', effects: [create] } }, next: { ok: to('password') } },
      password: { stage: 'rogue', settings: { end: { end: 'ok', effects: [password] } }, next: { ok: to('end') } },
    },
  })
  const house = createToyHouse(later)
  assert.equal(code(await begin(house, later)), 'leave')
  assert.deepEqual(
    house.effects.map((effect) => effect.do),
    ['create_user', 'set_password'],
  )
})

test('a kind that proves nothing cannot say that something was proven, nor write what is the executor’s own', async () => {
  for (const know of [
    proven,
    { name: 'attempt.next', value: '//evil.example' },
    { name: 'attempt.created', value: 'user-bea' },
    { name: 'setup.link', value: 'hash' },
  ]) {
    const flow = rogueFlow({ end: 'ok', know: [know] })
    await assert.rejects(begin(createToyHouse(flow), flow), /rogue (may not write|proves nothing)/)
  }
})

test('G10 set-up is completed only by whoever showed the link of the first run', async () => {
  const flow = rogueFlow({
    end: 'ok',
    effects: [{ do: 'complete_setup', link: 'hash', publicUrl: 'https://id.example.com', trustProxy: null }],
  })
  assert.equal(code(await begin(createToyHouse(flow), flow)), 'denied')
  assert.equal(code(await begin(createToyHouse(flow), flow, [{ name: 'setup.link', value: 'other' }])), 'denied')
  assert.equal(code(await begin(createToyHouse(flow), flow, [{ name: 'setup.link', value: 'hash' }])), 'leave')
})

test('H11 a fact never holds a key that reaches a prototype', async () => {
  const flow = rogueFlow({ end: 'ok' })
  for (const body of ['{"__proto__":{"admin":true}}', '{"a":[{"constructor":1}]}', '{"b":{"prototype":{}}}']) {
    const know = [{ name: 'prompt.answers', value: JSON.parse(body) }]
    await assert.rejects(begin(createToyHouse(flow), flow, know), /holds the key/)
  }
  const named = rogueFlow({ end: 'ok', know: [{ name: 'prompt.__proto__', value: 1 }] })
  await assert.rejects(begin(createToyHouse(named), named), /not allowed/)
})

test('an outcome that a kind does not have is a fault, not an edge', async () => {
  const flow = rogueFlow({ end: 'better' })
  await assert.rejects(begin(createToyHouse(flow), flow), /no outcome better/)
})
