import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  askOf,
  effectsOf,
  ended,
  learnt,
  PLACE,
  pageOf,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import type { GroupId, InvitationId } from '../../../base/ids.ts'
import type { Invitation, InvitationData } from '../../../domain/invitations/invitation.ts'
import { answers, invitedBy, verifiedAddress } from '../../contract/fact.ts'
import { invitation } from './index.ts'

const made = (data: Partial<InvitationData> = {}, more: Partial<Invitation> = {}): Invitation => ({
  id: 'i1' as InvitationId,
  flow: PLACE.flow,
  data: { groups: ['g1' as GroupId], ...data },
  uses: 1,
  used: 0,
  inviter: null,
  organisation: 'main',
  createdAt: 0,
  expiresAt: 1,
  ...more,
})
const open = (standing: Invitation[], facts = {}, settings = {}) => {
  const world = stageWorld()
  world.invitations.push(...standing)
  return invitation.open(stageContext(invitation, world, { purpose: 'enrol', facts }, settings))
}
const shown = { 'invitation.shown': 'i1' }

describe('invitation', () => {
  it('G08 lets nobody in without one, and with none that counts for this very flow', async () => {
    for (const [standing, facts] of [
      [[made()], {}],
      [[], shown],
      [[made({}, { flow: 'another' })], shown],
      [[made({}, { id: 'i2' as InvitationId })], shown],
    ] as const) {
      const result = await open([...standing], facts)
      assert.equal(ended(result), null)
      assert.match(pageOf(invitation, askOf(result)), /You need an invitation/)
      assert.deepEqual(
        effectsOf(result).map((one) => one.do),
        ['record'],
      )
      const again = await open([...standing], { ...facts, 'invitation.told': true })
      assert.deepEqual(effectsOf(again), [], 'looking again is no second refusal')
    }
    assert.equal(ended(await open([], {}, { required: false })), 'none')
  })

  it('takes over what is settled, and no group: those are given where the account is made', async () => {
    const result = await open([made({ email: 'new@example.com', username: 'new', name: 'New' })], shown)
    assert.equal(ended(result), 'addressed')
    assert.deepEqual(learnt(result, answers), { email: 'new@example.com', username: 'new', name: 'New' })
    assert.equal(learnt(result, invitedBy), 'i1')
    assert.deepEqual(effectsOf(result), [], 'opening it uses nothing up (G12)')
    assert.equal(ended(await open([made()], shown)), 'ok')
  })

  it('takes an address as shown to be theirs only where the house mailed the link there', async () => {
    const handed = await open([made({ email: 'new@example.com' })], shown)
    assert.equal(learnt(handed, verifiedAddress), undefined)
    const mailed = await open([made({ email: 'new@example.com', mailed: true })], shown)
    assert.equal(learnt(mailed, verifiedAddress), 'new@example.com')
  })
})
