import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  after,
  askOf,
  effectsOf,
  ended,
  pageOf,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import type { StageKind } from '../../contract/stage.ts'
import { deny } from './index.ts'

const ana = somebody('ana')
const about = (facts = {}, settings = {}) => stageContext(deny, stageWorld([ana]), { person: ana, facts }, settings)

describe('deny', () => {
  it('H01 takes no answer and has no outcome: nothing passes it', async () => {
    const kind: StageKind<never, never> = deny
    assert.equal(kind.answer, undefined)
    assert.deepEqual(deny.outcomes, [])
    assert.equal(ended(await deny.open(about())), null)
  })

  it('is recorded once, not each time its page is looked at', async () => {
    const first = await deny.open(about())
    const [effect] = effectsOf(first)
    assert.ok(effect?.do === 'record' && effect.event.type === 'login.refused')
    assert.deepEqual(effectsOf(await deny.open(about(after({}, first)))), [])
  })

  it("L05 shows the administrator's words as text", async () => {
    const ask = askOf(await deny.open(about({}, { deny_message: '<b>No.</b> Ask Ben.' })))
    assert.match(pageOf(deny, ask), /&lt;b&gt;No\.&lt;\/b&gt; Ask Ben\./)
    assert.match(pageOf(deny, askOf(await deny.open(about()))), /This way is closed for you/)
  })
})
