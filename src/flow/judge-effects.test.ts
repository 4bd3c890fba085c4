import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createToyHouse, NOW, toyFlow, toyPerson } from '../../test/support/toy-house.ts'
import { MINUTE } from '../base/clock.ts'
import type { CredentialId, UserId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { secret } from '../base/secret.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import { type Judgement, judgeEffects } from './judge-effects.ts'
import type { FlowStep } from './ports.ts'

const ana = toyPerson('ana').user.id
const eve = toyPerson('eve').user.id
const pwd = { method: 'pwd', at: NOW }
const otp = { method: 'otp', at: NOW }

const adds = (user: UserId): Effect => ({
  do: 'add_credential',
  user,
  credential: { id: 'c' as CredentialId, kind: 'totp', name: '', data: {} },
  single: false,
  proofs: [otp],
})

type Given = { before?: JsonObject; facts?: JsonObject; session?: Judgement['session']; held?: readonly string[] }
const judge = (effect: Effect, { before = {}, facts = before, session = null, held = [] }: Given) =>
  judgeEffects([effect], {
    kind: { id: 'authenticator-setup' },
    before,
    facts,
    session,
    now: NOW,
    person: async () => null,
    heldMethods: async () => new Set(held),
  })

describe('a browser that is to be trusted', () => {
  const trust: Effect = {
    do: 'trust_device',
    user: ana,
    id: 't' as CredentialId,
    token: secret('t'),
    by: 'c' as CredentialId,
    until: NOW + MINUTE,
  }
  const judgeBy = (kind: Judgement['kind'], facts: JsonObject, session: Judgement['session'] = null) =>
    judgeEffects([trust], {
      kind,
      before: facts,
      facts,
      session,
      now: NOW,
      person: async () => null,
      heldMethods: async () => new Set<string>(),
    })
  const proves = { id: 'authenticator-validate', proves: true }

  it('E23 is trusted by a stage that has something proven, for whoever proved it', async () => {
    const refused = 'a browser trusted for somebody who proved nothing here'
    const proven: JsonObject = { 'user.pending': ana, proofs: [pwd, otp] }
    assert.equal(await judgeBy(proves, proven), null)
    assert.equal(await judgeBy({ id: 'prompt' }, proven), 'stage kind prompt proves nothing')
    assert.equal(await judgeBy(proves, { ...proven, 'user.pending': eve }), refused)
    assert.equal(await judgeBy(proves, { 'user.pending': ana }, { userId: ana, proofs: [pwd] }), refused)
    assert.equal(
      await judgeBy(proves, { 'user.pending': ana, proofs: [{ method: 'device', at: NOW }] }),
      refused,
      'trust does not breed trust',
    )
  })

  it('signs nobody in by itself', async () => {
    const facts: JsonObject = { 'user.pending': ana, proofs: [{ method: 'device', at: NOW }] }
    const signs = { id: 'user-login', signsIn: true }
    const effect: Effect = { do: 'sign_in', user: ana, proofs: [{ method: 'device', at: NOW }], persistent: false }
    const about = { before: facts, facts, session: null, now: NOW, person: async () => null }
    const verdict = await judgeEffects([effect], { ...about, kind: signs, heldMethods: async () => new Set<string>() })
    assert.equal(verdict, 'nothing was proven')
  })
})

describe('a new authenticator', () => {
  const refused = 'an authenticator for somebody who did not prove enough for it'
  const about = (...proofs: object[]): JsonObject => ({ 'user.pending': ana, proofs }) as JsonObject

  it('is for nobody who only was named, and what it proves itself does not count (G04)', async () => {
    assert.equal(await judge(adds(ana), { before: { 'user.pending': ana } }), refused)
    assert.equal(await judge(adds(ana), { before: { 'user.pending': ana }, facts: about(otp) }), refused)
  })

  it('is for nobody else than who proved it, in the attempt or in the session', async () => {
    assert.equal(await judge(adds(eve), { before: about(pwd) }), refused)
    assert.equal(await judge(adds(eve), { session: { userId: ana, proofs: [pwd] } }), refused)
    assert.equal(await judge(adds(ana), { before: about(pwd) }), null)
    assert.equal(await judge(adds(ana), { session: { userId: ana, proofs: [pwd] } }), null)
  })

  it('needs a proof of lately, and by a second factor where the person has one', async () => {
    const old = { method: 'pwd', at: NOW - 16 * MINUTE }
    assert.equal(await judge(adds(ana), { session: { userId: ana, proofs: [old] } }), refused)
    assert.equal(await judge(adds(ana), { before: about(pwd), held: ['otp'] }), refused)
    assert.equal(await judge(adds(ana), { before: about(pwd, otp), held: ['otp'] }), null)
  })
})

describe('one’s own account', () => {
  const old = { method: 'pwd', at: NOW - 16 * MINUTE }
  const session = (...proofs: (typeof pwd)[]) => ({ userId: ana, proofs })
  for (const effect of [
    { do: 'change_email', user: ana, address: 'new@example.com' },
    { do: 'delete_user', user: ana },
  ] as const) {
    it(`G04 ${effect.do} is for who is signed in and proved enough just now, and for nobody else`, async () => {
      const refused = `${effect.do} for somebody who did not prove enough for it`
      assert.equal(await judge(effect, { session: session(pwd) }), null)
      assert.equal(await judge(effect, { session: session(old) }), refused)
      assert.equal(await judge(effect, { session: session(pwd), held: ['otp'] }), refused)
      assert.equal(await judge(effect, { session: session(pwd, otp), held: ['otp'] }), null)
      const others = `${effect.do} for somebody who is not signed in`
      assert.equal(await judge({ ...effect, user: eve }, { session: session(pwd) }), others)
      // A mailbox that was read in the attempt is no session (a link of recovery, say).
      const mailed = { 'user.pending': ana, proofs: [{ method: 'email', at: NOW }] }
      assert.equal(await judge(effect, { before: mailed }), others)
    })
  }

  it('E18 no code is sent, and no terms are agreed to, for somebody who was only named', async () => {
    const code = { do: 'send_code', user: ana, address: 'a@example.com', code: secret('1'), expiresAt: NOW } as const
    const terms = { do: 'agree_terms', user: ana, terms: 'terms', version: 1 } as const
    for (const effect of [code, terms]) {
      assert.ok(await judge(effect, { before: { 'user.pending': ana } }))
      assert.equal(await judge(effect, { before: { 'user.pending': ana, proofs: [pwd] } }), null)
    }
  })
})

describe('a new password', () => {
  const sets = (user: UserId): Effect => ({ do: 'set_password', user, hash: 'hash' })
  const refused = 'a new password for somebody who did not prove enough for it'

  it('is for whoever proved who they are in the attempt, and nobody else', async () => {
    const facts: JsonObject = { 'user.pending': ana, proofs: [pwd] }
    assert.equal(await judge(sets(ana), { before: facts }), null)
    assert.equal(await judge(sets(ana), { before: { 'user.pending': ana }, facts }), refused)
    assert.equal(await judge(sets(eve), { before: facts }), 'set_password for somebody who proved nothing here')
    assert.equal(await judge(sets(ana), {}), 'set_password for somebody who proved nothing here')
  })

  it('is not for whoever finds a browser that somebody left signed in', async () => {
    const old = { method: 'pwd', at: NOW - 16 * MINUTE }
    assert.equal(await judge(sets(ana), { session: { userId: ana, proofs: [old] } }), refused)
    assert.equal(await judge(sets(ana), { session: { userId: ana, proofs: [pwd] }, held: ['otp'] }), refused)
    assert.equal(await judge(sets(ana), { session: { userId: ana, proofs: [pwd] } }), null)
    assert.equal(await judge(sets(ana), { session: { userId: ana, proofs: [pwd, otp] }, held: ['otp'] }), null)
  })
})

it('nobody uses an authenticator of somebody who proved nothing here', async () => {
  const use: Effect = { do: 'use_credential', user: eve, credential: 'c' as CredentialId, before: {}, after: {} }
  const facts = { 'user.pending': ana, proofs: [otp] }
  assert.equal(await judge(use, { facts }), 'use_credential for somebody who proved nothing here')
  assert.equal(await judge({ ...use, user: ana }, { facts }), null)
})

it('E12 whose authenticator was used by somebody first is told that it was wrong, and nothing of the step was done', async () => {
  const to = (target: string) => [{ to: target }]
  const flow = toyFlow({
    purpose: 'sign_in',
    start: 'name',
    nodes: {
      name: { stage: 'identify', next: { ok: to('token') } },
      token: { stage: 'token', next: { ok: to('in') } },
      in: { stage: 'sign-in', next: { ok: to('end') } },
    },
  })
  const house = createToyHouse(flow)
  const shown = (step: FlowStep) => (step.kind === 'show' ? step : assert.fail(JSON.stringify(step)))
  const reply = async (at: ReturnType<typeof shown>, input: Record<string, string>) =>
    house.engine.answer(at.attempt, at.step, input, house.context())
  const name = shown(await house.engine.begin({ ...house.context(), flow, purpose: 'sign_in', next: null }))
  const asked = shown(await reply(name, { username: 'ana' }))
  house.overtaken.add('token')
  const again = shown(await reply(asked, { code: '123456' }))
  assert.deepEqual(again.errors, [{ field: 'code', text: 'wrong' }])
  assert.equal(house.effects.length, 0)
  house.overtaken.clear()
  assert.equal((await reply(again, { code: '123456' })).kind, 'leave')
  assert.deepEqual(
    house.effects.map((effect) => effect.do),
    ['use_credential', 'sign_in'],
  )
})
