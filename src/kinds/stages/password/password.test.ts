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
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import type { CredentialId } from '../../../base/ids.ts'
import { passwordDue, pendingUser, persistent, proofs } from '../../contract/fact.ts'
import { password } from './index.ts'

const ana = somebody('ana', {}, 'ana@example.com')
const off = somebody('off', { active: false })
const bot = somebody('bot', { kind: 'service_account' })
const fresh = () => stageWorld([ana, off, bot], { ana: 'correct horse', off: 'correct horse', bot: 'correct horse' })
const named = (username: string, person: Given['person']): Given => ({
  facts: { 'user.typed': username, 'user.pending': person?.user.id ?? '0' },
  person: person ?? null,
})

describe('password', () => {
  it('looks at no password before the wait is over that earlier tries led to (E14, M16)', async () => {
    const world = fresh()
    world.wait = 7_400
    for (const [who, given] of [
      [ana, named('ana', ana)],
      [null, named('NoBody', null)],
    ] as const) {
      const result = await password.answer(stageContext(password, world, given), { password: 'correct horse' })
      assert.deepEqual(errorsOf(result), [{ field: null, text: 'guesses.wait', values: { count: '8' } }])
      assert.deepEqual(
        effectsOf(result).map((effect) => effect.do === 'record' && [effect.event.type, effect.event.detail?.reason]),
        [['login.failed', 'too_soon']],
      )
      assert.equal(world.tried.at(-1), `password ${who ? who.user.id : 'nobody'}`)
    }
    assert.deepEqual(world.verified, [])
  })

  it('counts every password, and takes back at once what was not looked at', async () => {
    const world = fresh()
    const answer = (typed: string) =>
      password.answer(stageContext(password, world, named('ana', ana)), { password: typed })
    await answer('wrong')
    await answer('correct horse')
    world.busy = true
    await answer('correct horse')
    const tried = `password ${ana.user.id}`
    // What was right is taken back with what it proved: see below.
    assert.deepEqual(world.tried, [tried, tried, tried, '+'])
  })

  it('H01 stays where it is for an empty form, and checks nothing', async () => {
    const world = fresh()
    for (const input of [{}, { password: '' }, { persistent: 'yes' }]) {
      const result = await password.answer(stageContext(password, world, named('ana', ana)), input)
      assert.equal(ended(result), null)
      assert.deepEqual(effectsOf(result), [])
    }
    assert.deepEqual(world.verified, [])
  })

  it('G01 answers a wrong password, an unknown name and a disabled person alike, and checks for each', async () => {
    const world = fresh()
    const answers = []
    for (const [name, person] of [
      ['ana', ana],
      ['eve', null],
      ['off', off],
    ] as const) {
      const result = await password.answer(stageContext(password, world, named(name, person)), { password: 'wrong' })
      answers.push({ asked: { ...askOf(result), username: '' }, errors: errorsOf(result) })
    }
    assert.deepEqual(answers[1], answers[0])
    assert.deepEqual(answers[2], answers[0])
    assert.deepEqual(world.verified, ['ana', null, 'off'])
    const right = await password.answer(stageContext(password, fresh(), named('off', off)), {
      password: 'correct horse',
    })
    assert.equal(ended(right), null)
  })

  it('signs in nobody for an unknown name, whatever was said of the password', async () => {
    const context = stageContext(password, fresh(), named('eve', null))
    const passwords = { ...context.ports.passwords, verify: async () => ({ verdict: 'right', rehash: null }) as const }
    const result = await password.answer({ ...context, ports: { ...context.ports, passwords } }, { password: 'x' })
    assert.equal(ended(result), null)
    assert.equal(learnt(result, proofs), undefined)
  })

  it('records each failure under the name that was typed', async () => {
    const wrong = (name: string, person: Given['person']) =>
      password.answer(stageContext(password, fresh(), named(name, person)), { password: 'wrong' })
    assert.deepEqual(effectsOf(await wrong('ana', ana)), [
      {
        do: 'record',
        event: { type: 'login.failed', user: ana.user.id, detail: { username: 'ana', reason: 'password' } },
      },
    ])
    assert.deepEqual(effectsOf(await wrong('eve', null)), [
      { do: 'record', event: { type: 'login.failed', detail: { username: 'eve', reason: 'password' } } },
    ])
  })

  it('ends as failed after the number of wrong passwords that is set, and counts anew then', async () => {
    const given = named('ana', ana)
    let facts = given.facts ?? {}
    const outcomes = []
    for (let tried = 0; tried < 4; tried++) {
      const context = stageContext(password, fresh(), { ...given, facts }, { failed_attempts_before_cancel: 3 })
      const result = await password.answer(context, { password: 'wrong' })
      outcomes.push(ended(result))
      facts = after(facts, result)
    }
    assert.deepEqual(outcomes, [null, null, 'failed', null])
  })

  it('says to try again in a moment where too much is going on, and refuses nobody for it', async () => {
    const world = { ...fresh(), busy: true }
    const result = await password.answer(stageContext(password, world, named('ana', ana)), {
      password: 'correct horse',
    })
    assert.deepEqual(errorsOf(result), [{ field: null, text: 'form.busy' }])
    assert.deepEqual(effectsOf(result), [])
  })

  it('ends ok with the proof of the very person, and with whether they stay signed in', async () => {
    for (const stay of [true, false]) {
      const result = await password.answer(stageContext(password, fresh(), named('ana', ana)), {
        password: 'correct horse',
        ...(stay ? { persistent: 'yes' } : {}),
      })
      assert.equal(ended(result), 'ok')
      assert.equal(learnt(result, pendingUser), ana.user.id)
      assert.deepEqual(learnt(result, proofs), [{ method: 'pwd', at: NOW }])
      assert.equal(learnt(result, persistent), stay)
    }
  })

  it('knows whether the password that was right is due to be changed', async () => {
    for (const [mustChangePassword, due] of [
      [5, true],
      [undefined, false],
    ] as const) {
      const whose = { ...ana, user: { ...ana.user, ...(mustChangePassword ? { mustChangePassword } : {}) } }
      const result = await password.answer(stageContext(password, fresh(), named('ana', whose)), {
        password: 'correct horse',
      })
      assert.equal(learnt(result, passwordDue), due)
    }
  })

  it('takes no wish to stay signed in where none was offered', async () => {
    const context = stageContext(password, fresh(), named('ana', ana), { offer_persistent: false })
    const result = await password.answer(context, { password: 'correct horse', persistent: 'yes' })
    assert.equal(learnt(result, persistent), undefined)
  })

  it('keeps other proofs beside its own, and only the newest of its own', async () => {
    const given = named('ana', ana)
    const before = [
      { method: 'otp', at: 5 },
      { method: 'pwd', at: 4 },
    ]
    const context = stageContext(password, fresh(), { ...given, facts: { ...given.facts, proofs: before } })
    const result = await password.answer(context, { password: 'correct horse' })
    assert.deepEqual(learnt(result, proofs), [
      { method: 'otp', at: 5 },
      { method: 'pwd', at: NOW },
    ])
  })

  it('keeps the same password under newer parameters where its hash is of older ones', async () => {
    const rehash = { credential: 'c1' as CredentialId, before: 'older', after: '$argon2id$new' }
    const world = { ...fresh(), rehash }
    const result = await password.answer(stageContext(password, world, named('ana', ana)), {
      password: 'correct horse',
    })
    assert.deepEqual(effectsOf(result)[0], { do: 'rehash_password', user: ana.user.id, rehash })
  })

  it('takes the count of the try back together with what it proved, and not before (E14)', async () => {
    const result = await password.answer(stageContext(password, fresh(), named('ana', ana)), {
      password: 'correct horse',
    })
    assert.deepEqual(effectsOf(result), [{ do: 'forgive_guess', ticket: [] }])
    const wrong = await password.answer(stageContext(password, fresh(), named('ana', ana)), { password: 'wrong' })
    assert.ok(!effectsOf(wrong).some((effect) => effect.do === 'forgive_guess'))
  })

  it('proves it again for who is signed in when the sign-in is to be made stronger', async () => {
    const context = stageContext(password, fresh(), { person: ana, signedIn: ana, purpose: 'step_up' })
    const asked = askOf(await password.open(context))
    assert.deepEqual([asked.username, asked.persistent, asked.may_cancel], ['ana', false, true])
    assert.equal(ended(await password.answer(context, { password: 'correct horse' })), 'ok')
    assert.equal(ended(await password.answer(context, { cancel: 'yes' })), 'cancelled')
    // Of a sign-in it is no end, whoever says so.
    assert.equal(ended(await password.answer({ ...context, purpose: 'sign_in' }, { cancel: 'yes' })), null)
  })

  it('asks for name and password on one page where it is set to, and an account of a machine is nobody', async () => {
    const world = fresh()
    const context = () => stageContext(password, world, {}, { ask_username: true })
    assert.equal(askOf(await password.open(context())).ask_username, true)
    assert.deepEqual(errorsOf(await password.answer(context(), { password: 'correct horse' })), [
      { field: 'username', text: 'identification.name_empty' },
    ])
    const right = await password.answer(context(), { username: 'ana', password: 'correct horse' })
    assert.equal(learnt(right, pendingUser), ana.user.id)
    assert.equal(ended(await password.answer(context(), { username: 'bot', password: 'correct horse' })), null)
    assert.deepEqual(world.verified, ['ana', null])
  })

  it('G04 lets nobody change whom the attempt is about once it is about somebody', async () => {
    const context = stageContext(password, fresh(), named('eve', null), { ask_username: true })
    const result = await password.answer(context, { username: 'ana', password: 'correct horse' })
    assert.equal(ended(result), null)
  })

  it('shows whose password it asks for to password managers, and never brings a password back', async () => {
    const context = stageContext(password, fresh(), named('ana@example.com', ana), { recovery_flow: 'recover' })
    const wrong = await password.answer(context, { password: 'hunter2hunter2' })
    const page = pageOf(
      password,
      askOf(wrong),
      stageView({ errors: errorsOf(wrong), values: { username: 'ana@example.com' } }),
    )
    assert.match(page, /name="username" value="ana@example.com" autocomplete="username" readonly/)
    assert.match(page, /type="password" id="f-password" name="password" autocomplete="current-password"/)
    assert.match(page, /That user name and password do not match\./)
    assert.match(page, /href="\/if\/flow\/recover\/\?next=%2F"/)
    assert.match(page, /href="#f-password"/)
    assert.doesNotMatch(page, /hunter2/)
  })

  it('offers a way back in only where this house can go it', async () => {
    for (const [mail, offered] of [
      [true, 'recover'],
      [false, null],
    ] as const) {
      const context = stageContext(password, { ...fresh(), mail }, named('ana', ana), { recovery_flow: 'recover' })
      assert.equal(askOf(await password.open(context)).recovery, offered)
    }
  })
})
