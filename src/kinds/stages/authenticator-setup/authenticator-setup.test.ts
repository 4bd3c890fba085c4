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
import type { JsonObject } from '../../../base/json.ts'
import { proofs } from '../../contract/fact.ts'
import type { StageContext } from '../../contract/stage.ts'
import type { AuthenticatorSetupConfig } from './config.ts'
import { authenticatorSetup } from './index.ts'

const ana = somebody('ana')
const app = toyAuthenticator('totp', 'otp')
const codes = toyAuthenticator('recovery-codes', 'otp', { backup: true, single: true })
const stage = authenticatorSetup([app, codes])
const both = authenticatorSetup([app, codes, toyAuthenticator('webauthn', 'hwk')])
const PWD = { method: 'pwd', at: NOW - 1000 }
const proven: Given = { person: ana, facts: { proofs: [PWD] } }

const world = stageWorld([ana])
// Settings went through the stage's own schema, which is put together at run time.
const contextOf = (kind: typeof stage, more: Given, settings: JsonObject) =>
  stageContext(kind, world, more, settings) as StageContext<AuthenticatorSetupConfig>
const at = (more: Given = proven, settings: JsonObject = {}) => contextOf(stage, more, settings)

/** Opened, then answered with the secret that its page shows. */
const finish = async (input: Record<string, string> = {}, more: Given = proven, settings: JsonObject = {}) => {
  const opened = await stage.open(at(more, settings))
  const facts = after(more.facts ?? {}, opened)
  const { secret } = askOf(opened).part as { secret: string }
  return stage.answer(at({ ...more, facts }, settings), { code: secret, ...input })
}

describe('authenticator-setup', () => {
  it('is not for whoever proved nothing, whoever the attempt is about', async () => {
    const eve = somebody('eve')
    for (const more of [
      {},
      { person: ana, facts: {} },
      { person: ana, facts: { proofs: [] } },
      { person: ana, signedIn: eve },
    ]) {
      assert.equal(ended(await stage.open(at(more))), 'cancelled')
      assert.equal(ended(await stage.answer(at(more), { use: 'totp' })), 'cancelled')
    }
    assert.equal(ended(await stage.open(at({ person: ana, signedIn: ana }))), null)
  })

  it('H01 stays where it is for an empty form, and E19 cannot be skipped where that is not offered', async () => {
    const opened = await stage.open(at())
    const more = { ...proven, facts: after(proven.facts ?? {}, opened) }
    for (const input of [{}, { code: '' }, { code: 'wrong' }, { skip: 'yes' }, { skip: 'yes', code: 'wrong' }]) {
      const result = await stage.answer(at(more), input)
      assert.equal(ended(result), null)
      assert.deepEqual(effectsOf(result), [])
    }
    assert.equal(ended(await stage.answer(at(more, { may_skip: true }), { skip: 'yes' })), 'skipped')
    assert.equal(ended(await stage.answer(at(more), { cancel: 'yes' })), null)
    const own: Given = { ...more, purpose: 'settings', signedIn: ana }
    assert.equal(ended(await stage.answer(at(own), { cancel: 'yes' })), 'cancelled')
  })

  it('adds what was set up, under the name it was given, and takes it for a proof', async () => {
    const result = await finish({ name: ' Work phone ' })
    assert.equal(ended(result), 'ok')
    const [effect] = effectsOf(result)
    assert.ok(effect?.do === 'add_credential')
    assert.deepEqual(
      { ...effect, credential: { ...effect.credential, id: '', data: {} } },
      {
        do: 'add_credential',
        user: ana.user.id,
        credential: { id: '', kind: 'totp', name: 'Work phone', data: {} },
        single: false,
        proofs: [{ method: 'otp', at: NOW }],
      },
    )
    assert.deepEqual(learnt(result, proofs), [PWD, { method: 'otp', at: NOW }])
  })

  it('takes no proof from what the person has not shown', async () => {
    const result = await finish({}, proven, { device_classes: ['recovery-codes'] })
    assert.equal(ended(result), 'ok')
    const [effect] = effectsOf(result)
    assert.ok(effect?.do === 'add_credential' && effect.single && effect.proofs.length === 0)
    assert.equal(learnt(result, proofs), undefined)
  })

  it('shows the same secret each time it is looked at, and keeps it sealed among the facts', async () => {
    const opened = await stage.open(at())
    const facts = after(proven.facts ?? {}, opened)
    const { secret } = askOf(opened).part as { secret: string }
    assert.doesNotMatch(JSON.stringify(facts), new RegExp(secret))
    const again = await stage.open(at({ ...proven, facts }))
    assert.deepEqual(askOf(again), askOf(opened))
    const wrong = await stage.answer(at({ ...proven, facts }), { code: 'wrong' })
    assert.deepEqual(askOf(wrong), askOf(opened))
    assert.deepEqual(errorsOf(wrong), [{ field: 'code', text: 'authenticator.code_wrong' }])
    assert.match(pageOf(stage, askOf(opened)), new RegExp(`<code>${secret}</code>`))
  })

  it('lets the person choose where several kinds stand by themselves, and makes each as it is set', async () => {
    const settings = { kinds: { webauthn: { greeting: 'touch' } } }
    const more = contextOf(both, proven, settings)
    const opened = await both.open(more)
    assert.deepEqual(askOf(opened).choices, ['totp', 'webauthn'])
    assert.match(pageOf(both, askOf(opened)), /<button name="use" value="webauthn" formnovalidate>/)
    assert.equal(ended(await both.answer(more, { use: 'recovery-codes' })), null, 'nobody begins with a spare')
    const chosen = await both.answer(more, { use: 'webauthn' })
    assert.equal((askOf(chosen).part as { greeting: string }).greeting, 'touch')
  })

  it('takes no name that is none, and no more of a kind than anybody carries', async () => {
    for (const name of ['x'.repeat(65), 'a\u0007b']) {
      assert.deepEqual(errorsOf(await finish({ name })), [{ field: 'name', text: 'form.line_invalid' }])
    }
    world.authenticators.ana = Array.from({ length: 10 }, (_, number) => toyHeld('totp', `${number}`))
    assert.deepEqual(errorsOf(await finish()), [{ field: null, text: 'authenticator.too_many' }])
    world.authenticators.ana = []
  })
})

describe('an offer', () => {
  const key = toyAuthenticator('webauthn', 'hwk', { passkey: true })
  const offering = authenticatorSetup([app, codes, key])
  const settings = { device_classes: ['webauthn'], offer: true }
  const CAN = { 'browser.can': ['passkeys', 'built-in'] }
  const given = (facts: JsonObject = CAN, more: Given = {}): Given => ({
    person: ana,
    facts: { proofs: [PWD], ...facts },
    ...more,
  })
  const over = () => stageWorld([ana])
  const context = (world: ReturnType<typeof over>, more: Given) =>
    stageContext(offering, world, more, settings) as StageContext<AuthenticatorSetupConfig>

  it('is made of whoever could take it up here and now, and of nobody else', async () => {
    const open = async (more: Given, world = over()) => ended(await offering.open(context(world, more)))
    assert.equal(await open(given()), null)
    assert.equal(await open(given({})), 'skipped', 'without script')
    assert.equal(await open(given({ 'browser.can': ['passkeys'] })), 'skipped', 'nothing built in')
    assert.equal(await open(given(CAN, { request: { origin: 'https://10.0.0.1' } })), 'skipped')
    const has = over()
    has.authenticators.ana = [toyHeld('webauthn', 'k')]
    assert.equal(await open(given(), has), 'skipped')
    assert.equal(await open({ person: ana, facts: CAN }), 'cancelled', 'nothing was proven')
  })

  it('is remembered where it is refused: not now for thirty days, never for ever', async () => {
    const world = over()
    const opened = await offering.open(context(world, given()))
    const facts = { ...CAN, ...after({}, opened) }
    for (const [skip, until] of [
      ['yes', NOW + 30 * 24 * 3_600_000],
      ['always', null],
    ] as const) {
      const result = await offering.answer(context(world, given(facts)), { skip })
      assert.equal(ended(result), 'skipped')
      const [effect] = effectsOf(result)
      assert.ok(effect?.do === 'decline')
      assert.deepEqual([effect.user, effect.until], [ana.user.id, until])
      world.declined.set(`${effect.user} ${effect.offer}`, effect.until)
      assert.equal(ended(await offering.open(context(world, given()))), 'skipped')
    }
    world.declined.set(`${ana.user.id} authenticator-setup webauthn`, NOW)
    assert.equal(ended(await offering.open(context(world, given()))), null)
  })

  it('E10 sets up nothing that belongs to somebody already', async () => {
    const eve = somebody('eve')
    const world = stageWorld([ana, eve])
    const theirs = toyHeld('webauthn', 'new-1')
    const opened = await offering.open(context(world, given()))
    const { secret } = askOf(opened).part as { secret: string }
    world.authenticators.eve = [theirs]
    world.lookups.set(theirs.id, secret)
    const result = await offering.answer(context(world, given({ ...CAN, ...after({}, opened) })), { code: secret })
    assert.equal(ended(result), null)
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'authenticator.taken' }])
  })

  it('foretells that it asks nobody who cannot, and owes nobody an answer', () => {
    const predict = (facts: JsonObject) =>
      offering.predict({ ...context(over(), given(facts)), signedIn: false, destination: null })
    assert.equal(predict({}).needsPerson, true)
    assert.deepEqual(predict({ 'browser.can': [] }), {
      outcomes: ['skipped'],
      needsPerson: false,
      reads: ['browser.can'],
    })
  })
})
