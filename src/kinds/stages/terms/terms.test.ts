import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  errorsOf,
  type Given,
  pageOf,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { terms } from './index.ts'

const ana = somebody('ana')
const proven: Given = { person: ana, facts: { proofs: [{ method: 'pwd', at: 1 }] } }
const about = (given: Given = proven, settings = {}, agreed: number | null = null) => {
  const world = stageWorld([ana])
  if (agreed !== null) world.agreed.set(`${ana.user.id} terms`, agreed)
  return stageContext(terms, world, given, { version: 2, ...settings })
}

describe('terms', () => {
  it('H01 takes neither an empty form nor anything but the tick for a yes, and the version from the settings', async () => {
    for (const input of [{}, { agree: 'no' }, { version: '9', agree: '' }]) {
      const result = await terms.answer(about(), input)
      assert.deepEqual(errorsOf(result), [{ field: 'agree', text: 'terms.tick' }])
      assert.deepEqual(effectsOf(result), [])
    }
    const yes = await terms.answer(about(), { agree: 'yes', version: '9', terms: 'other' })
    assert.equal(ended(yes), 'ok')
    assert.deepEqual(effectsOf(yes), [{ do: 'agree_terms', user: ana.user.id, terms: 'terms', version: 2 }])
  })

  it('asks again once the version rises, and not before', async () => {
    assert.equal(ended(await terms.open(about(proven, {}, 1))), null)
    assert.equal(ended(await terms.open(about(proven, {}, 2))), 'ok')
    assert.equal(ended(await terms.open(about(proven, {}, 3))), 'ok')
    assert.equal(ended(await terms.open(about(proven, { terms: 'other' }, 2))), null)
  })

  it('ends in a no where somebody says no, and where nobody is there who could agree', async () => {
    assert.equal(ended(await terms.answer(about(), { refuse: 'yes', agree: 'yes' })), 'refused')
    assert.equal(ended(await terms.open(about({ person: ana, facts: {} }))), 'refused', 'a name alone is nobody')
    assert.equal(ended(await terms.answer(about({ person: null }), { agree: 'yes' })), 'refused')
  })

  it('L05 shows what an administrator wrote as text', async () => {
    const asked = askOf(
      await terms.open(about(proven, { text: '<script>x</script>\n\nSecond', url: 'https://example.com/t' })),
    )
    const page = pageOf(terms, asked)
    assert.match(page, /&lt;script&gt;x/)
    assert.match(page, /href="https:\/\/example\.com\/t" target="_blank" rel="noopener noreferrer"/)
  })
})
