import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  after,
  askOf,
  effectsOf,
  ended,
  errorsOf,
  type Given,
  learnt,
  NOW,
  pageOf,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { toyAuthenticator, toyHeld } from '../../../../test/support/toy-authenticator.ts'
import { DAY } from '../../../base/clock.ts'
import type { CredentialId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { proofs } from '../../contract/fact.ts'
import type { StageContext } from '../../contract/stage.ts'
import type { AuthenticatorValidateConfig } from './config.ts'
import { authenticatorValidate } from './index.ts'

const ana = somebody('ana')
const app = toyAuthenticator('totp', 'otp')
const key = toyAuthenticator('webauthn', 'hwk', { begins: true })
const codes = toyAuthenticator('recovery-codes', 'otp', { backup: true })
const stage = authenticatorValidate([app, codes, key])
const PWD = { method: 'pwd', at: NOW - 1000 }
const given: Given = { person: ana, facts: { proofs: [PWD] } }

const worldOf = (...held: ReturnType<typeof toyHeld>[]) => {
  const world = stageWorld([ana])
  world.authenticators.ana = held
  return world
}
type World = ReturnType<typeof stageWorld>
// Settings went through the stage's own schema, which is put together at run time.
const at = (world: World, settings: JsonObject = {}, more: Given = given) =>
  stageContext(stage, world, more, settings) as StageContext<AuthenticatorValidateConfig>

/** Opened, then answered on the page that came of it. */
const answer = async (world: World, input: Record<string, string>, more: Given = given, settings: JsonObject = {}) => {
  const opened = await stage.open(at(world, settings, more))
  const facts = after(more.facts ?? {}, opened)
  return { facts, result: await stage.answer(at(world, settings, { ...more, facts }), input) }
}

describe('a trusted browser', () => {
  const REMEMBERS: JsonObject = { remember_device: '30d' }
  const ok = (result: Parameters<typeof ended>[0]) => ended(result) === 'ok'
  const trusting = (): World => {
    const world = worldOf(toyHeld('totp', 'right'))
    world.trusted.push({ user: ana.user.id, id: 'trust' as CredentialId, data: { until: 1 } })
    return world
  }

  it('E23 stands for the second factor of a sign-in, beside a first one', async () => {
    const result = await stage.open(at(trusting(), REMEMBERS))
    assert.ok(ok(result))
    assert.deepEqual(learnt(result, proofs), [PWD, { method: 'device', at: NOW }])
    assert.deepEqual(effectsOf(result), [
      { do: 'use_credential', user: ana.user.id, credential: 'trust', before: { until: 1 }, after: { until: 1 } },
    ])
    assert.ok(!ok(await stage.open(at(trusting(), REMEMBERS, { person: ana }))), 'nothing was proven before')
    const alone = { proofs: [{ method: 'device', at: NOW }] }
    assert.ok(!ok(await stage.open(at(trusting(), REMEMBERS, { person: ana, facts: alone }))))
  })

  it('stands for nothing where the flow offers it no more, in a step-up, or where a proof is demanded', async () => {
    const destination = { application: 'vault', applicationName: 'Vault', formAction: [], demandsProof: true }
    for (const [settings, more] of [
      [{}, given],
      [{ remember_device: '23h' }, given],
      [REMEMBERS, { ...given, purpose: 'step_up' }],
      [REMEMBERS, { ...given, destination }],
    ] as const) {
      const opened = await stage.open(at(trusting(), settings, more))
      assert.equal(ended(opened), null)
      assert.equal(askOf(opened).trust_days, undefined)
      const { result } = await answer(trusting(), { code: 'right', trust: 'yes' }, more, settings)
      assert.ok(ok(result))
      assert.ok(!effectsOf(result).some((effect) => effect.do === 'trust_device'))
    }
  })

  it('is trusted with the right answer alone, for as long as the flow says, beside the authenticator that was used', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const opened = await stage.open(at(world, REMEMBERS))
    assert.equal(askOf(opened).trust_days, 30)
    assert.match(pageOf(stage, askOf(opened)), /name="trust"/)
    const wrong = await answer(world, { code: 'wrong', trust: 'yes' }, given, REMEMBERS)
    assert.ok(!effectsOf(wrong.result).some((effect) => effect.do === 'trust_device'))
    const unasked = await answer(world, { code: 'right' }, given, REMEMBERS)
    assert.ok(!effectsOf(unasked.result).some((effect) => effect.do === 'trust_device'))
    const { result } = await answer(world, { code: 'right', trust: 'yes' }, given, REMEMBERS)
    const trust = effectsOf(result).find((effect) => effect.do === 'trust_device')
    assert.ok(trust?.do === 'trust_device')
    assert.deepEqual(
      [trust.user, trust.by, trust.until],
      [ana.user.id, world.authenticators.ana?.[0]?.id, NOW + 30 * DAY],
    )
  })
})

describe('authenticator-validate', () => {
  it('H01 stays where it is for an empty form, and counts no try', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    for (const input of [{}, { code: '' }, { use: 'nothing' }, { use: 'webauthn' }, { cancel: 'no' }]) {
      const { result } = await answer(world, input)
      assert.equal(ended(result), null)
      assert.deepEqual(effectsOf(result), [])
    }
    assert.deepEqual(world.tried, [])
  })

  it('E14 counts each try before it is looked at, and looks at none before the wait is over', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    world.wait = 7_400
    const { result } = await answer(world, { code: 'right' })
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'guesses.wait', values: { count: '8' } }])
    assert.deepEqual(world.tried, [`totp ${ana.user.id}`])
    world.wait = 0
    await answer(world, { code: 'wrong' })
    await answer(world, { code: 'right' })
    const tried = `totp ${ana.user.id}`
    assert.deepEqual(world.tried, [tried, tried, tried, '+'])
  })

  it('refuses a wrong answer with an event, and ends as failed after too many', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const settings = { failed_attempts_before_cancel: 2 }
    const first = await answer(world, { code: 'wrong' }, given, settings)
    assert.deepEqual(errorsOf(first.result), [{ field: 'code', text: 'authenticator.code_wrong' }])
    const [event] = effectsOf(first.result)
    assert.ok(event?.do === 'record' && event.event.type === 'login.failed' && event.event.detail?.reason === 'totp')
    const facts = after(first.facts, first.result)
    const second = await stage.answer(at(world, settings, { ...given, facts }), { code: 'wrong' })
    assert.equal(ended(second), 'failed')
    assert.equal(effectsOf(second).length, 1)
  })

  it('takes a right answer: a proof by its kind, beside the ones before, and the credential as it stands then', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const { result } = await answer(world, { code: 'right' })
    assert.equal(ended(result), 'ok')
    assert.deepEqual(learnt(result, proofs), [PWD, { method: 'otp', at: NOW }])
    const held = toyHeld('totp', 'right')
    assert.deepEqual(effectsOf(result), [
      {
        do: 'use_credential',
        user: ana.user.id,
        credential: held.id,
        before: held.data,
        after: { ...held.data, used: 1 },
      },
    ])
  })

  it('E12 E16 tells whoever came second that the answer is wrong, and counts it as a try', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const { facts } = await answer(world, { code: 'right' })
    const second = await stage.overtaken(at(world, {}, { ...given, facts }))
    assert.deepEqual(errorsOf(second), [{ field: 'code', text: 'authenticator.code_wrong' }])
    assert.equal(effectsOf(second).length, 1)
    const tried = `totp ${ana.user.id}`
    assert.deepEqual(world.tried, [tried, '+', tried])
  })

  it('ends as none where the person has nothing that counts here or can still be used', async () => {
    for (const [held, settings] of [
      [[], {}],
      [[toyHeld('totp', 'right', { spent: true })], {}],
      [[toyHeld('totp', 'right')], { device_classes: ['webauthn'] }],
      [[toyHeld('of-another-house', 'right')], {}],
    ] as const) {
      assert.equal(ended(await stage.open(at(worldOf(...held), settings))), 'none')
    }
    assert.equal(ended(await stage.open(at(worldOf(), {}, {}))), 'none', 'nobody has anything')
  })

  it('asks for what was used last, and for what stands in for others only where nothing else is there', async () => {
    const world = worldOf(
      toyHeld('recovery-codes', 'spare', { lastUsedAt: NOW }),
      toyHeld('totp', 'right', { lastUsedAt: 1 }),
      toyHeld('webauthn', 'touch', { lastUsedAt: 2 }),
    )
    const ask = askOf(await stage.open(at(world)))
    assert.equal(ask.kind, 'webauthn')
    assert.deepEqual(ask.others, ['totp', 'recovery-codes'])
    assert.match(pageOf(stage, ask), /<button name="use" value="totp" formnovalidate>/)
  })

  it('lets the person choose another way, whose answer alone is taken then', async () => {
    const world = worldOf(toyHeld('totp', 'right'), toyHeld('recovery-codes', 'spare'))
    const { facts, result } = await answer(world, { use: 'recovery-codes', code: 'right' })
    assert.equal(askOf(result).kind, 'recovery-codes')
    const then = { ...given, facts: after(facts, result) }
    assert.equal(ended(await stage.answer(at(world, {}, then), { code: 'right' })), null)
    assert.equal(ended(await stage.answer(at(world, {}, then), { code: 'spare' })), 'ok')
    // Looked at again, it still asks for what was chosen.
    assert.equal(askOf(await stage.open(at(world, {}, then))).kind, 'recovery-codes')
  })

  it('keeps what a challenge began with, and begins another only where the person asks for it', async () => {
    const world = worldOf(toyHeld('webauthn', 'touch'))
    const opened = await stage.open(at(world))
    assert.deepEqual(
      effectsOf(opened).map((effect) => effect.do),
      ['record'],
      'something was sent',
    )
    const facts = after(given.facts ?? {}, opened)
    const again = await stage.open(at(world, {}, { ...given, facts }))
    assert.deepEqual(effectsOf(again), [])
    assert.deepEqual(askOf(again), askOf(opened))
    const anew = await stage.answer(at(world, {}, { ...given, facts }), { use: 'webauthn' })
    assert.equal(effectsOf(anew).length, 1)
  })

  it('asks nothing where a proof of its kinds is young enough, and takes no other person’s', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const proof = { method: 'otp', at: NOW - 60_000 }
    const signedIn = (who: typeof ana): Given => ({ ...given, signedIn: who, proofs: [proof] })
    const young = await stage.open(at(world, { last_auth_threshold: '1m' }, signedIn(ana)))
    assert.equal(ended(young), 'ok')
    assert.deepEqual(learnt(young, proofs), [PWD, proof], 'with the time at which it was made')
    for (const [settings, more] of [
      [{ last_auth_threshold: '59s' }, signedIn(ana)],
      [{}, signedIn(ana)],
      [{ last_auth_threshold: '1h' }, signedIn(somebody('eve'))],
      [{ last_auth_threshold: '1h' }, given],
    ] as const) {
      assert.equal(ended(await stage.open(at(world, settings, more))), null)
    }
  })

  it('lets a step-up be left, and leads a sign-in back to its beginning', async () => {
    const world = worldOf(toyHeld('totp', 'right'))
    const stepUp: Given = { ...given, purpose: 'step_up', signedIn: ana }
    assert.match(pageOf(stage, askOf(await stage.open(at(world, {}, stepUp)))), /name="cancel"/)
    assert.equal(ended((await answer(world, { cancel: 'yes' }, stepUp)).result), 'cancelled')
    const page = pageOf(stage, askOf(await stage.open(at(world))))
    assert.doesNotMatch(page, /name="cancel"/)
    assert.match(page, /<a href="\/if\/flow\/sign-in\/\?next=%2F">/)
  })
})

describe('passkeys among the kinds', () => {
  const key = (more: Parameters<typeof toyAuthenticator>[2] = {}) =>
    toyAuthenticator('webauthn', 'hwk', { begins: true, passkey: true, ...more })
  const withKey = authenticatorValidate([app, codes, key()])
  const over = (held: Record<string, ReturnType<typeof toyHeld>[]>) => {
    const made = stageWorld([ana])
    Object.assign(made.authenticators, held)
    return made
  }
  const there = (world: ReturnType<typeof stageWorld>, given: Given = {}, settings: JsonObject = {}) =>
    stageContext(withKey, world, { person: ana, ...given }, settings) as StageContext<AuthenticatorValidateConfig>
  const both = () => over({ ana: [toyHeld('totp', '111', { lastUsedAt: 9 }), toyHeld('webauthn', 'k')] })

  it('E08 refuses a kind that this flow does not allow, whatever another flow asked for', async () => {
    const world = both()
    const elsewhere = await withKey.open(there(world))
    assert.equal(askOf(elsewhere).kind, 'webauthn')
    const facts = after({}, elsewhere)
    const settings = { device_classes: ['totp'] }
    for (const input of [{ code: 'k' }, { use: 'webauthn' }, { use: 'webauthn', code: 'k' }]) {
      const result = await withKey.answer(there(world, { facts }, settings), input)
      assert.equal(ended(result), null)
      assert.equal(askOf(result).kind, 'totp')
    }
  })

  it('are asked for first, but not of a browser without script, nor at an address that cannot', async () => {
    const world = both()
    const first = async (given: Given) => askOf(await withKey.open(there(world, given))).kind
    assert.equal(await first({}), 'webauthn')
    assert.equal(await first({ facts: { 'browser.can': ['passkeys'] } }), 'webauthn')
    assert.equal(await first({ facts: { 'browser.can': [] } }), 'totp')
    assert.equal(await first({ request: { origin: 'https://10.0.0.1' } }), 'totp')
    const only = over({ ana: [toyHeld('webauthn', 'k')] })
    assert.equal(ended(await withKey.open(there(only, { request: { origin: 'https://10.0.0.1' } }))), 'none')
  })

  it('E21 are asked for at an address where they do not answer, and foreseen to be', async () => {
    const world = over({ ana: [toyHeld('webauthn', 'k')] })
    const at = (given: Given, settings: JsonObject = {}) => {
      const context = there(world, { request: { origin: 'https://10.0.0.1' }, ...given }, settings)
      const relyingParty = {
        ...context.ports.authenticators.relyingParty,
        others: () => [{ origin: 'https://id.example.com', id: 'id.example.com' }],
      }
      return {
        ...context,
        ports: { ...context.ports, authenticators: { ...context.ports.authenticators, relyingParty } },
      }
    }
    const ask = askOf(await withKey.open(at({})))
    assert.deepEqual(ask, { elsewhere: ['id.example.com'], may_cancel: false })
    assert.match(pageOf(withKey, ask), /<bdi>id\.example\.com<\/bdi>.*<a href="\/if\/flow\/sign-in\//s)
    for (const input of [{}, { cancel: 'yes' }, { use: 'webauthn' }, { code: 'k' }, { password: 'yes' }]) {
      assert.equal(ended(await withKey.answer(at({}), input)), null, JSON.stringify(input))
    }
    const stepUp: Given = { purpose: 'step_up', signedIn: ana }
    assert.match(pageOf(withKey, askOf(await withKey.open(at(stepUp)))), /name="cancel"/)
    assert.equal(ended(await withKey.answer(at(stepUp), { cancel: 'yes' })), 'cancelled')
    // A password is asked for next.
    assert.equal(ended(await withKey.open(at({}, { instead_of_password: true }))), 'none')
    const { config, facts, purpose } = there(world, { facts: { 'user.pending': ana.user.id } })
    const key = { kind: 'webauthn', amr: 'hwk', usable: false, elsewhere: true }
    const foreseen = withKey.foresee({
      config,
      facts,
      person: ana,
      means: { names: ['ana'], password: true, authenticators: [key] },
      session: null,
      destination: null,
      purpose,
      sendsMail: false,
      origin: 'https://10.0.0.1',
      now: NOW,
    })
    assert.deepEqual(foreseen.ends, [])
  })

  it('E05 stand in for a password only where they show two factors by themselves', async () => {
    const alone = { instead_of_password: true }
    const touched = over({ ana: [toyHeld('totp', '111'), toyHeld('webauthn', 'k', { spent: false })] })
    assert.equal(askOf(await withKey.open(there(touched, {}, alone))).kind, 'webauthn')
    const weak = authenticatorValidate([app, codes, key({ weak: true })])
    const context = stageContext(weak, touched, { person: ana }, alone) as StageContext<AuthenticatorValidateConfig>
    assert.equal(ended(await weak.open(context)), 'none')
  })

  it('H01 lead to the password where that is wanted, and nowhere else by saying so', async () => {
    const world = both()
    const opened = await withKey.open(there(world, {}, { instead_of_password: true }))
    const facts = after({}, opened)
    const says = (settings: JsonObject) => withKey.answer(there(world, { facts }, settings), { password: 'yes' })
    assert.equal(ended(await says({ instead_of_password: true })), 'password')
    assert.equal(ended(await says({})), null)
    assert.match(pageOf(withKey, askOf(opened)), /name="password" value="yes"/)
  })

  it('E01 are asked anew after a wrong answer: a question is good for one', async () => {
    const world = both()
    const opened = await withKey.open(there(world))
    const wrong = await withKey.answer(there(world, { facts: after({}, opened) }), { code: 'wrong' })
    assert.notDeepEqual(askOf(wrong).part, askOf(opened).part)
    assert.deepEqual(errorsOf(wrong), [{ field: 'code', text: 'authenticator.code_wrong' }])
  })

  it('tell what else was proven, and what was noticed', async () => {
    const world = both()
    const opened = await withKey.open(there(world))
    const right = await withKey.answer(there(world, { facts: after({}, opened) }), { code: 'k' })
    assert.deepEqual(
      learnt(right, proofs)?.map(({ method }) => method),
      ['hwk', 'user'],
    )
    assert.ok(effectsOf(right).some((effect) => effect.do === 'record' && effect.event.type === 'credential.suspected'))
  })
})
