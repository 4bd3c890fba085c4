import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  errorsOf,
  type Given,
  NOW,
  pageOf,
  somebody,
  stageContext,
  stageView,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
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
