import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  effectsOf,
  ended,
  type Given,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { userEmail } from './index.ts'

const ana = somebody('ana', {}, 'ana@example.com')
const bea = somebody('bea', {}, 'bea@example.com')
const filed = somebody('filed', { managedBy: 'people.yaml' }, 'filed@example.com')
const open = (given: Given) =>
  userEmail.open(stageContext(userEmail, stageWorld([ana, bea, filed]), { purpose: 'settings', ...given }))
const verified = (address: string) => ({ 'user.verified_address': address })

describe('user-email', () => {
  it('G04 changes nothing by an address that was merely typed, nor for anybody but who is signed in', async () => {
    for (const given of [
      { signedIn: ana, facts: { 'prompt.answers': { email: 'new@example.com' } } },
      { person: ana, facts: verified('new@example.com') },
      { signedIn: filed, facts: verified('new@example.com') },
    ]) {
      const result = await open(given)
      assert.equal(ended(result), 'refused')
      assert.deepEqual(effectsOf(result), [])
    }
  })

  it('G09 takes no address that somebody else has, whatever its case', async () => {
    assert.equal(ended(await open({ signedIn: ana, facts: verified('BEA@example.com') })), 'refused')
  })

  it('gives the address that was shown to be theirs', async () => {
    const result = await open({ signedIn: ana, facts: verified('new@example.com') })
    assert.equal(ended(result), 'ok')
    assert.deepEqual(effectsOf(result), [{ do: 'change_email', user: ana.user.id, address: 'new@example.com' }])
  })
})
