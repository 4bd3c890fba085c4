import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  pageOf,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { readFacts } from '../../../flow/facts.ts'
import { userLogout } from './index.ts'

const ana = somebody('ana')
const about = (settings = {}, signedIn: typeof ana | null = ana) =>
  stageContext(userLogout, stageWorld([ana]), { signedIn, purpose: 'sign_out' }, settings)

describe('user-logout', () => {
  it('F05 signs out nobody who only came by: it asks, and an empty form is no yes', async () => {
    assert.deepEqual(effectsOf(await userLogout.open(about())), [])
    const empty = await userLogout.answer(about(), {})
    assert.equal(ended(empty), null)
    assert.deepEqual(effectsOf(empty), [])
  })

  it('signs out here, or everywhere where the box was ticked and offered', async () => {
    const answer = async (input: Record<string, string>, settings = {}) =>
      effectsOf(await userLogout.answer(about(settings), input))
    assert.deepEqual(await answer({ confirm: 'yes' }), [{ do: 'sign_out', everywhere: false }])
    const both = { confirm: 'yes', everywhere: 'yes' }
    assert.deepEqual(await answer(both), [{ do: 'sign_out', everywhere: true }])
    assert.deepEqual(await answer(both, { offer_everywhere: false }), [{ do: 'sign_out', everywhere: false }])
  })

  it('goes home without signing out where somebody stays', async () => {
    const result = await userLogout.answer(about(), { stay: 'yes' })
    assert.deepEqual(result, { end: 'ok', leave: '/if/user/' })
  })

  it('goes on at once where nobody is signed in, or where it is set not to ask', async () => {
    assert.equal(ended(await userLogout.open(about({}, null))), 'ok')
    assert.deepEqual(effectsOf(await userLogout.open(about({ confirm: false }))), [
      { do: 'sign_out', everywhere: false },
    ])
  })

  it('foretells whether anybody is asked', () => {
    const asks = (confirm: boolean, signedIn: boolean) =>
      userLogout.predict({
        config: { confirm, offer_everywhere: true },
        facts: readFacts({}),
        signedIn,
        destination: null,
      }).needsPerson
    assert.deepEqual([asks(true, true), asks(true, false), asks(false, true)], [true, false, false])
  })

  it('shows who is signed in', async () => {
    assert.match(pageOf(userLogout, askOf(await userLogout.open(about()))), /<bdi>ana<\/bdi>/)
  })
})
