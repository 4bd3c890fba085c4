import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  type Given,
  pageOf,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { readFacts } from '../../../flow/facts.ts'
import { userLogin } from './index.ts'

const ana = somebody('ana')
const ben = somebody('ben')
const proven = [{ method: 'pwd', at: 1 }]
const open = (given: Given) => userLogin.open(stageContext(userLogin, stageWorld([ana, ben]), given))

describe('user-login', () => {
  it('H01 signs nobody in without a proof, and says so in the log', async () => {
    for (const facts of [{}, { proofs: [] }]) {
      const result = await open({ person: ana, facts })
      assert.equal(ended(result), null)
      assert.deepEqual(effectsOf(result), [
        { do: 'record', event: { type: 'login.refused', detail: { username: 'ana', reason: 'unproven' } } },
      ])
      assert.match(pageOf(userLogin, askOf(result)), /Start again/)
    }
  })

  it('F03 signs in neither nobody nor a person who may no longer', async () => {
    for (const person of [null, somebody('off', { active: false })]) {
      assert.equal(ended(await open({ person, facts: { proofs: proven } })), null)
    }
  })

  it('signs in whom the proofs are of, with all of them and the wish to stay', async () => {
    for (const stay of [true, false]) {
      const result = await open({ person: ana, facts: { proofs: proven, 'session.persistent': stay } })
      assert.equal(ended(result), 'ok')
      assert.deepEqual(effectsOf(result), [{ do: 'sign_in', user: ana.user.id, proofs: proven, persistent: stay }])
    }
  })

  it('F01 keeps the session of the same person under a new cookie, and begins another for another person', async () => {
    const same = await open({ person: ana, signedIn: ana, facts: { proofs: proven } })
    assert.deepEqual(effectsOf(same), [{ do: 'prove', proofs: proven }])
    const other = await open({ person: ana, signedIn: ben, facts: { proofs: proven } })
    assert.deepEqual(effectsOf(other)[0]?.do, 'sign_in')
  })

  it('begins a new session for the same person where they wish to stay and the session is not one that does', async () => {
    const facts = { proofs: proven, 'session.persistent': true }
    const given = { person: ana, signedIn: ana, facts }
    assert.equal(effectsOf(await open(given))[0]?.do, 'sign_in')
    assert.equal(effectsOf(await open({ ...given, persistent: true }))[0]?.do, 'prove')
    assert.equal(effectsOf(await open({ ...given, purpose: 'step_up' }))[0]?.do, 'prove')
  })

  it('foretells that it goes on by itself once something was proven, and not before', () => {
    const predict = (facts: object) =>
      userLogin.predict({ config: {}, facts: readFacts({ ...facts }), signedIn: false, destination: null })
    assert.deepEqual(predict({ proofs: proven }), { outcomes: ['ok'], needsPerson: false, reads: ['proofs'] })
    assert.deepEqual(predict({}), { outcomes: [], needsPerson: true, reads: ['proofs'] })
  })
})
