import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
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
import { passwordDue, proofs } from '../../contract/fact.ts'
import { newPassword } from './index.ts'

const ana = somebody('ana', {}, 'ana@example.com')
const proven: Given = { person: ana, purpose: 'recover', facts: { proofs: [{ method: 'email', at: NOW - 5 }] } }
const about = (given: Given = proven, world = stageWorld([ana])) => stageContext(newPassword, world, given)
const twice = (password: string) => ({ password, password_repeat: password })

describe('new-password', () => {
  it('G04 is for nobody who proved nothing: a name that was typed is no right to its password', async () => {
    for (const given of [
      { ...proven, facts: {} },
      { ...proven, facts: { proofs: [] } },
      { ...proven, person: null },
    ]) {
      assert.equal(ended(await newPassword.open(about(given))), 'refused')
      const answered = await newPassword.answer(about(given), twice('a new quiet passphrase'))
      assert.deepEqual([ended(answered), effectsOf(answered)], ['refused', []])
    }
  })

  it('G11 sets none for somebody who was switched off', async () => {
    const off = somebody('off', { active: false })
    const answered = await newPassword.answer(about({ ...proven, person: off }), twice('a new quiet passphrase'))
    assert.equal(ended(answered), 'refused')
  })

  it('takes no password that is missing, weak, or typed another way the second time', async () => {
    for (const [input, field, text] of [
      [{}, 'password', 'password.empty'],
      [twice('short'), 'password', 'password.too_short'],
      [{ password: 'a new quiet passphrase' }, 'password_repeat', 'password.not_repeated'],
    ] as const) {
      const answered = await newPassword.answer(about(), input)
      assert.deepEqual(
        errorsOf(answered).map((error) => [error.field, error.text]),
        [[field, text]],
      )
      assert.deepEqual(effectsOf(answered), [])
    }
  })

  it('sets the hash, and says since when its right was proven (G03)', async () => {
    const answered = await newPassword.answer(about(), twice('a new quiet passphrase'))
    assert.equal(ended(answered), 'ok')
    assert.deepEqual(effectsOf(answered), [{ do: 'set_password', user: ana.user.id, hash: 'hash(22)', since: NOW - 5 }])
  })

  it('sets that of who is signed in, in a flow of settings', async () => {
    const answered = await newPassword.answer(
      about({ signedIn: ana, purpose: 'settings' }),
      twice('a new quiet passphrase'),
    )
    assert.deepEqual(effectsOf(answered), [{ do: 'set_password', user: ana.user.id, hash: 'hash(22)' }])
  })

  it('F13 lets the new password take the place of the old one among the proofs, and keeps the others', async () => {
    const before = [
      { method: 'pwd', at: NOW - 9 },
      { method: 'otp', at: NOW - 7 },
    ]
    const given: Given = { person: ana, facts: { proofs: before, 'password.change_due': true } }
    const answered = await newPassword.answer(about(given), twice('a new quiet passphrase'))
    assert.deepEqual(learnt(answered, proofs), [
      { method: 'pwd', at: NOW },
      { method: 'otp', at: NOW - 7 },
    ])
    assert.equal(learnt(answered, passwordDue), false)
  })

  it('G11 makes no second factor of a password that was set by a mailed link', async () => {
    const answered = await newPassword.answer(about(), twice('a new quiet passphrase'))
    assert.equal(learnt(answered, proofs), undefined)
  })

  it('tells why another is asked for in the middle of a sign-in', async () => {
    const due = { person: ana, facts: { ...proven.facts, 'password.change_due': true } }
    const { lead } = newPassword.page(askOf(await newPassword.open(about(due))), stageView())
    assert.match(lead?.markup ?? '', /has to be changed before you go on/)
    assert.equal(newPassword.page(askOf(await newPassword.open(about())), stageView()).lead, undefined)
  })

  it('says to try again in a moment where too much is going on', async () => {
    const answered = await newPassword.answer(about(proven, { ...stageWorld(), busy: true }), twice('a new quiet one'))
    assert.deepEqual(errorsOf(answered), [{ field: null, text: 'form.busy' }])
  })

  it('shows whose it is, tells password managers so, and brings no password back', async () => {
    const asked = await newPassword.open(about())
    const page = pageOf(newPassword, askOf(asked), stageView({ values: { password: 'hunter2hunter2' } }))
    assert.match(page, /name="username" value="ana" autocomplete="username"/)
    assert.equal(page.match(/autocomplete="new-password"/g)?.length, 2)
    assert.doesNotMatch(page, /hunter2/)
  })
})
