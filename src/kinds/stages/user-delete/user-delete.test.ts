import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  effectsOf,
  ended,
  errorsOf,
  type Given,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { userDelete } from './index.ts'

const ana = somebody('ana')
const filed = somebody('filed', { managedBy: 'people.yaml' })
const about = (given: Given) => stageContext(userDelete, stageWorld([ana, filed]), { purpose: 'settings', ...given })

describe('user-delete', () => {
  it('H01 deletes nobody by a press alone: the name of who is signed in has to be typed', async () => {
    for (const username of ['', 'bea', 'ana2', 'a\u0000na']) {
      const result = await userDelete.answer(about({ signedIn: ana }), { username })
      assert.deepEqual(errorsOf(result), [{ field: 'username', text: 'user_delete.other_name' }], username)
      assert.deepEqual(effectsOf(result), [])
    }
    const result = await userDelete.answer(about({ signedIn: ana }), { username: ' Ana ', user: 'bea' })
    assert.equal(ended(result), 'ok')
    assert.deepEqual(effectsOf(result), [{ do: 'delete_user', user: ana.user.id }])
  })

  it('refuses whom a file manages, and whoever is not signed in', async () => {
    assert.equal(ended(await userDelete.open(about({ signedIn: filed }))), 'refused')
    assert.equal(ended(await userDelete.answer(about({ signedIn: filed }), { username: 'filed' })), 'refused')
    assert.equal(ended(await userDelete.open(about({ person: ana }))), 'refused')
  })

  it('leaves everything as it is for whoever stays', async () => {
    const result = await userDelete.answer(about({ signedIn: ana }), { cancel: 'yes', username: 'ana' })
    assert.equal(ended(result), 'cancelled')
    assert.deepEqual(effectsOf(result), [])
  })
})
