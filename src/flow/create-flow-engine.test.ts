import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createToyHouse, NOW, type ToyHouse, toyFlow, toyPerson, toySession } from '../../test/support/toy-house.ts'
import { MINUTE } from '../base/clock.ts'
import type { UserId } from '../base/ids.ts'
import { pendingUser, proofs } from '../kinds/contract/fact.ts'
import type { Destination, FlowPurpose } from '../kinds/contract/stage.ts'
import type { CompiledFlow } from './compiled-flow.ts'
import type { FlowStep } from './ports.ts'

const to = (target: string) => [{ to: target }]

const signInFlow = toyFlow({
  purpose: 'sign_in',
  start: 'name',
  nodes: {
    name: { stage: 'identify', next: { ok: to('password') } },
    password: { stage: 'password', next: { ok: to('in'), failed: to('deny') } },
    in: { stage: 'sign-in', next: { ok: to('end') } },
    deny: { stage: 'deny' },
  },
})
const twoFactors = toyFlow({
  purpose: 'sign_in',
  start: 'name',
  nodes: {
    name: { stage: 'identify', next: { ok: to('password') } },
    password: { stage: 'password', next: { ok: to('code'), failed: to('deny') } },
    code: { stage: 'code', next: { ok: to('in') } },
    in: { stage: 'sign-in', next: { ok: to('end') } },
    deny: { stage: 'deny' },
  },
})
const consentFlow = toyFlow({
  purpose: 'consent',
  start: 'ask',
  nodes: { ask: { stage: 'consent', next: { ok: to('end'), refused: to('end') } } },
})
const stepUpFlow = toyFlow({
  purpose: 'step_up',
  start: 'code',
  nodes: { code: { stage: 'code', next: { ok: to('in') } }, in: { stage: 'sign-in', next: { ok: to('end') } } },
})
const wiki: Destination = { application: 'wiki', applicationName: 'Wiki', formAction: [] }

type Shown = Extract<FlowStep, { kind: 'show' }>
const shown = (step: FlowStep): Shown => {
  assert.equal(step.kind, 'show', JSON.stringify(step))
  return step as Shown
}
const code = (step: FlowStep): string => (step.kind === 'refused' ? step.code : step.kind)
const begin = (
  house: ToyHouse,
  flow: CompiledFlow,
  more: { next?: string; purpose?: FlowPurpose } = {},
): Promise<FlowStep> =>
  house.engine.begin({ ...house.context(), flow, purpose: more.purpose ?? flow.purpose, next: more.next ?? null })
const reply = (house: ToyHouse, at: Shown, input: Record<string, string>, browser?: string): Promise<FlowStep> =>
  house.engine.answer(at.attempt, at.step, input, house.context(browser))
const signInAs = (house: ToyHouse, name: string): void => {
  const person = toyPerson(name)
  house.signedIn = { person, session: toySession(person.user.id) }
}
/** Up to the page that asks for the second factor. */
const atCode = async (house: ToyHouse): Promise<Shown> => {
  const name = shown(await begin(house, twoFactors))
  const password = shown(await reply(house, name, { username: 'ana' }))
  return shown(await reply(house, password, { password: 'ana-password' }))
}

test('an attempt writes no row before the first proof, whatever strangers send', async () => {
  const house = createToyHouse(twoFactors)
  const name = shown(await begin(house, twoFactors))
  const again = shown(await reply(house, name, {}))
  const password = shown(await reply(house, again, { username: 'nobody' }))
  await reply(house, password, { password: 'x' })
  assert.equal(house.rows.size, 0)
  assert.deepEqual(house.events(), ['login.failed'])
})

test('with the first proof an attempt becomes a row, and its sealed value of before counts no more', async () => {
  const house = createToyHouse(twoFactors)
  const name = shown(await begin(house, twoFactors))
  const password = shown(await reply(house, name, { username: 'ana' }))
  assert.equal(password.sealed, true)
  const second = shown(await reply(house, password, { password: 'ana-password' }))
  assert.equal(second.sealed, false)
  assert.equal(house.rows.size, 1)
  assert.equal(code(await reply(house, password, { password: 'ana-password' })), 'stale')
  assert.equal(code(await reply(house, name, { username: 'bea' })), 'stale')
})

test('F03 half a sign-in is no session', async () => {
  const house = createToyHouse(twoFactors)
  const second = await atCode(house)
  assert.equal(house.signedIn, null)
  assert.equal(second.performed.session, undefined)
  const done = await reply(house, second, { code: '123456' })
  assert.equal(done.kind, 'leave')
  assert.deepEqual(
    done.performed.session?.session.proofs.map((proof) => proof.method),
    ['pwd', 'otp'],
  )
})

test('leads on to where the attempt was going, and to the portal where it was going nowhere', async () => {
  for (const [next, wanted] of [
    ['/application/o/authorize/?client_id=wiki', '/application/o/authorize/?client_id=wiki'],
    [undefined, '/if/user/'],
  ] as const) {
    const house = createToyHouse(signInFlow)
    const name = shown(await begin(house, signInFlow, next ? { next } : {}))
    const password = shown(await reply(house, name, { username: 'ana' }))
    const done = await reply(house, password, { password: 'ana-password' })
    assert.equal(done.kind === 'leave' && done.to, wanted)
  }
})

test('H02 refuses an answer to another step than the one that is shown', async () => {
  const house = createToyHouse(twoFactors)
  const second = await atCode(house)
  for (const step of [second.step - 1, second.step + 1, -1, Number.NaN]) {
    assert.equal(code(await house.engine.answer(second.attempt, step, { code: '123456' }, house.context())), 'stale')
  }
  assert.equal(house.signedIn, null)
  assert.equal(code(await reply(house, second, { code: '123456' })), 'leave')
})

test('H02 refuses an answer to a stage that asks nothing', async () => {
  const house = createToyHouse(signInFlow)
  let step = shown(await reply(house, shown(await begin(house, signInFlow)), { username: 'ana' }))
  for (const _ of [1, 2, 3]) step = shown(await reply(house, step, { password: 'wrong' }))
  assert.equal(step.node, 'deny')
  assert.equal(code(await reply(house, step, { password: 'ana-password' })), 'stale')
})

test('H03 refuses a sealed attempt that was altered, cut or made up', async () => {
  const house = createToyHouse(signInFlow)
  const name = shown(await begin(house, signInFlow))
  for (const forged of [
    `${name.attempt}x`,
    name.attempt.slice(0, -2),
    `s.${Buffer.from('{"node":"in"}').toString('base64url')}.x`,
    'r.no-such-row',
    's.',
    '',
    'x',
  ]) {
    const step = await house.engine.answer(forged, name.step, { username: 'ana' }, house.context())
    assert.equal(code(step), 'unknown', forged)
    assert.equal(step.kind === 'refused' && step.restart, null)
  }
})

test('H03 F06 refuses an attempt of another browser, sealed or kept, and tells nothing of it', async () => {
  const house = createToyHouse(twoFactors)
  const name = shown(await begin(house, twoFactors, { next: '/secret' }))
  const second = await atCode(house)
  for (const at of [name, second]) {
    for (const step of [
      await reply(house, at, { username: 'ana', code: '123456' }, 'other'),
      await house.engine.reopen(at.attempt, house.context('other')),
    ]) {
      assert.deepEqual(step, {
        kind: 'refused',
        code: 'other_browser',
        restart: null,
        onward: null,
        performed: { session: undefined },
      })
    }
  }
  assert.equal(house.signedIn, null)
})

test('H04 refuses to run a flow for what it was not drawn for, or without the person it is about', async () => {
  const house = createToyHouse(signInFlow, consentFlow)
  assert.equal(code(await begin(house, signInFlow, { purpose: 'recover' })), 'denied')
  assert.equal(code(await begin(house, consentFlow, { purpose: 'sign_in' })), 'denied')
  for (const flow of [consentFlow, stepUpFlow]) assert.equal(code(await begin(house, flow)), 'denied')
})

test('H07 fifty equal answers at once sign in once', async () => {
  for (const flow of [signInFlow, twoFactors]) {
    const house = createToyHouse(flow)
    const name = shown(await begin(house, flow, { next: '/on' }))
    let last = shown(await reply(house, name, { username: 'ana' }))
    if (flow === twoFactors) last = shown(await reply(house, last, { password: 'ana-password' }))
    const context = house.context()
    const input = { password: 'ana-password', code: '123456' }
    const steps = await Promise.all(
      Array.from({ length: 50 }, () => house.engine.answer(last.attempt, last.step, input, context)),
    )
    assert.equal(steps.filter((step) => step.kind === 'leave').length, 1)
    assert.equal(house.effects.filter((effect) => effect.do === 'sign_in').length, 1)
    for (const step of steps) if (step.kind === 'refused') assert.deepEqual([step.code, step.onward], ['stale', '/on'])
  }
})

test('H07 fifty equal consents at once are one, though no row stood before', async () => {
  const house = createToyHouse(consentFlow)
  house.destinations.set('/on', wiki)
  signInAs(house, 'ana')
  const ask = shown(await begin(house, consentFlow, { next: '/on' }))
  assert.equal(ask.sealed, true)
  await Promise.all(Array.from({ length: 50 }, () => reply(house, ask, { answer: 'yes' })))
  assert.equal(house.effects.filter((effect) => effect.do === 'give_consent').length, 1)
})

test('H07 two tabs never disturb one another', async () => {
  const house = createToyHouse(twoFactors)
  const one = await atCode(house)
  const two = await atCode(house)
  assert.notEqual(one.attempt, two.attempt)
  assert.equal(code(await reply(house, one, { code: '123456' })), 'leave')
  assert.equal(code(await reply(house, two, { code: '123456' })), 'leave')
})

test('going back after the end leads on in place of beginning again', async () => {
  const house = createToyHouse(twoFactors)
  const name = shown(await begin(house, twoFactors, { next: '/on' }))
  const password = shown(await reply(house, name, { username: 'ana' }))
  const second = shown(await reply(house, password, { password: 'ana-password' }))
  await reply(house, second, { code: '123456' })
  for (const step of [
    await house.engine.reopen(second.attempt, house.context()),
    await reply(house, second, { code: '123456' }),
    await reply(house, password, { password: 'ana-password' }),
    await house.engine.reopen(name.attempt, house.context()),
  ]) {
    assert.deepEqual([code(step), step.kind === 'refused' && step.onward], ['stale', '/on'])
  }
  assert.equal(house.effects.filter((effect) => effect.do === 'sign_in').length, 1)
})

test('of an attempt that has ended nothing is kept but where it led', async () => {
  const house = createToyHouse(signInFlow)
  const name = shown(await begin(house, signInFlow, { next: '/on' }))
  await reply(house, shown(await reply(house, name, { username: 'ana' })), { password: 'ana-password' })
  assert.deepEqual(
    [...house.rows.values()].map(({ node, facts }) => ({ node, facts })),
    [{ node: 'end', facts: { 'attempt.next': '/on' } }],
  )
})

test('an attempt ends half an hour after it began, sealed or kept, and can be begun again', async () => {
  const house = createToyHouse(twoFactors)
  const name = shown(await begin(house, twoFactors, { next: '/on' }))
  const second = await atCode(house)
  house.now = NOW + 30 * MINUTE - 1
  assert.equal(code(await house.engine.reopen(second.attempt, house.context())), 'show')
  house.now = NOW + 30 * MINUTE
  for (const step of [
    await reply(house, name, { username: 'ana' }),
    await house.engine.reopen(name.attempt, house.context()),
  ]) {
    assert.equal(code(step), 'expired')
    assert.deepEqual(step.kind === 'refused' && step.restart, { flow: 'toy', next: '/on' })
  }
  assert.equal(code(await reply(house, second, { code: '123456' })), 'expired')
  assert.equal(house.signedIn, null)
})

test('an attempt stays on the revision it began with', async () => {
  const house = createToyHouse(signInFlow)
  const name = shown(await begin(house, signInFlow))
  house.flows.push({ ...twoFactors, revision: 2 })
  const password = shown(await reply(house, name, { username: 'ana' }))
  assert.equal(code(await reply(house, password, { password: 'ana-password' })), 'leave')
  const other = shown(await begin(house, signInFlow))
  house.flows.shift()
  assert.equal(code(await reply(house, other, { username: 'ana' })), 'expired')
})

test('showing an attempt again changes nothing', async () => {
  const house = createToyHouse(twoFactors)
  const second = await atCode(house)
  const rows = structuredClone(house.rows)
  const again = shown(await house.engine.reopen(second.attempt, house.context()))
  assert.deepEqual([again.attempt, again.step, again.node], [second.attempt, second.step, second.node])
  assert.deepEqual(house.rows, rows)
})

test('G01 a name that was only typed is not shown as a person', async () => {
  const house = createToyHouse(twoFactors)
  const steps = []
  for (const username of ['ana', 'nobody']) {
    const name = shown(await begin(house, twoFactors))
    const { attempt: _, ...rest } = shown(await reply(house, name, { username }))
    steps.push(rest)
  }
  assert.deepEqual(steps[0], steps[1])
  assert.equal((await atCode(house)).personName, 'ANA')
})

test('G04 a proof of one person never signs another in', async () => {
  const flow = toyFlow({
    purpose: 'recover',
    start: 'name',
    nodes: {
      name: { stage: 'identify', next: { ok: to('code') } },
      code: { stage: 'code', next: { ok: to('in') } },
      in: { stage: 'sign-in', next: { ok: to('end') } },
    },
  })
  const mailed = (user: string | null) => [
    ...(user ? [{ name: pendingUser.name, value: `user-${user}` }] : []),
    { name: proofs.name, value: [{ method: 'link', at: NOW }] },
  ]
  for (const about of ['bea', null]) {
    const house = createToyHouse(flow)
    const name = shown(
      await house.engine.begin({ ...house.context(), flow, purpose: 'recover', next: null, know: mailed(about) }),
    )
    assert.equal(name.sealed, false, 'an attempt that begins with a proof is kept')
    assert.equal(code(await reply(house, name, { username: 'ana' })), 'denied')
    assert.deepEqual(house.events(), ['login.refused'])
  }
})

test('A45 somebody switched off is not signed in, also when that happens in between', async () => {
  const house = createToyHouse(signInFlow)
  const name = shown(await begin(house, signInFlow))
  const password = shown(await reply(house, name, { username: 'off' }))
  assert.equal(code(await reply(house, password, { password: 'off-password' })), 'denied')
  assert.equal(house.signedIn, null)
  const second = shown(await reply(house, shown(await begin(house, signInFlow)), { username: 'ana' }))
  house.people.set('user-ana' as UserId, toyPerson('ana', false))
  assert.equal(code(await reply(house, second, { password: 'ana-password' })), 'denied')
  assert.deepEqual(
    house.effects.filter((effect) => effect.do === 'sign_in'),
    [],
  )
})

test("A74 what was asked of one person is not answered in another's session, nor after signing out", async () => {
  const house = createToyHouse(consentFlow)
  house.destinations.set('/on', wiki)
  signInAs(house, 'ana')
  const ask = shown(await begin(house, consentFlow, { next: '/on' }))
  signInAs(house, 'bea')
  const again = { flow: 'toy', next: '/on' }
  const others = await reply(house, ask, { answer: 'yes' })
  assert.deepEqual([code(others), others.kind === 'refused' && others.restart], ['other_person', again])
  house.signedIn = null
  const late = await reply(house, ask, { answer: 'yes' })
  assert.deepEqual([code(late), late.kind === 'refused' && late.restart], ['signed_out', again])
  assert.deepEqual(house.effects, [])
})

test('a step-up proves more in the same session', async () => {
  const house = createToyHouse(stepUpFlow)
  signInAs(house, 'ana')
  const ask = shown(await begin(house, stepUpFlow, { next: '/on' }))
  assert.equal(ask.personName, 'ANA')
  const done = await reply(house, ask, { code: '123456' })
  assert.equal(done.kind, 'leave')
  assert.deepEqual(
    done.performed.session?.session.proofs.map((proof) => proof.method),
    ['pwd', 'otp'],
  )
})

test('where nothing needs the person, the whole flow is one redirect', async () => {
  const house = createToyHouse(consentFlow)
  signInAs(house, 'ana')
  assert.deepEqual(await begin(house, consentFlow, { next: '/on' }), {
    kind: 'leave',
    to: '/on',
    performed: { session: undefined },
  })
})

test('signing out takes the cookie away and goes on without the session', async () => {
  const flow = toyFlow({
    purpose: 'sign_out',
    start: 'out',
    nodes: { out: { stage: 'logout', next: { ok: to('bye') } }, bye: { stage: 'message', next: { ok: to('end') } } },
  })
  const house = createToyHouse(flow)
  signInAs(house, 'ana')
  const bye = shown(await begin(house, flow))
  assert.equal(bye.performed.session, null)
  assert.equal(bye.node, 'bye')
})
