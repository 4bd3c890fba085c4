import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  effectsOf,
  ended,
  type Given,
  learnt,
  somebody,
  stageContext,
  stageWorld,
} from '../../../../test/support/stage-world.ts'
import { isUuid } from '../../../base/ids.ts'
import { newPasswordHash, pendingUser, typedName } from '../../contract/fact.ts'
import { userWrite } from './index.ts'

const ana = somebody('ana', { name: 'Ana', attributes: { phone: '1', team: 'x' } })
const write = (answers: object, given: Given = {}, settings = {}) =>
  userWrite.open(
    stageContext(
      userWrite,
      stageWorld([ana]),
      { purpose: 'enrol', ...given, facts: { 'prompt.answers': { ...answers }, ...given.facts } },
      settings,
    ),
  )

describe('user-write', () => {
  it('H01 makes nobody out of no answers', async () => {
    const result = await write({})
    assert.equal(ended(result), 'refused')
    assert.deepEqual(effectsOf(result), [])
  })

  it('G09 never overwrites somebody who exists by making a new person, however the name is spelt', async () => {
    for (const username of ['ana', ' ANA', 'ａｎａ']) {
      const result = await write({ username }, { facts: { 'prompt.password_hash': 'h' } })
      assert.equal(ended(result), 'refused', username)
      assert.deepEqual(effectsOf(result), [])
    }
  })

  it('G04 G09 changes nobody who was only named: without a proof it makes a new person or none', async () => {
    const named = { person: ana, facts: { 'user.pending': ana.user.id } }
    assert.equal(ended(await write({ name: 'Eve' }, named)), 'refused')
    const [effect] = effectsOf(await write({ username: 'eve' }, named))
    assert.equal(effect?.do, 'create_user')
    assert.equal(ended(await write({ username: 'eve' }, named, { user_creation_mode: 'never_create' })), 'refused')
  })

  it('H04 makes nobody, and changes nobody, where a flow of settings runs and nobody is signed in', async () => {
    const settings = { user_creation_mode: 'never_create' }
    const result = await write({ name: 'Eve' }, { purpose: 'settings', person: ana }, settings)
    assert.equal(ended(result), 'refused')
  })

  it('G14 takes only the fields it knows for a new person: no group, kind or id from the answers', async () => {
    const result = await write({
      username: 'eve',
      name: 'Eve',
      email: 'eve@example.com',
      attributes: { phone: '2' },
      groups: ['admins'],
      kind: 'internal',
      id: 'x',
      is_superuser: true,
      organisation: 'other',
    })
    assert.equal(ended(result), 'ok')
    const user = learnt(result, pendingUser) ?? ''
    assert.ok(isUuid(user))
    assert.deepEqual(effectsOf(result), [
      {
        do: 'create_user',
        user,
        username: 'eve',
        name: 'Eve',
        kind: 'external',
        email: 'eve@example.com',
        attributes: { phone: '2' },
        groups: [],
        newAddress: true,
      },
    ])
    assert.equal(learnt(result, typedName), 'eve')
  })

  it('makes new people as it is set to, by their address where no user name was asked for', async () => {
    const settings = { user_type: 'internal', create_users_group: 'guests' }
    const result = await write({ email: 'eve@example.com' }, { facts: { 'prompt.password_hash': 'h' } }, settings)
    const [made, password] = effectsOf(result)
    assert.ok(made?.do === 'create_user' && made.username === 'eve@example.com' && made.kind === 'internal')
    assert.deepEqual(made.groups, ['guests'])
    assert.ok(password?.do === 'set_password' && password.user === made.user && password.hash === 'h')
    assert.equal(learnt(result, newPasswordHash), '')
  })

  it('refuses a new person with an address that is none', async () => {
    assert.equal(ended(await write({ username: 'eve', email: 'eve@@example.com' })), 'refused')
  })

  it('changes who is signed in, and only what differs', async () => {
    const given = { purpose: 'settings', signedIn: ana } as const
    const result = await write(
      { username: 'ana', name: 'Ana Horvat', attributes: { phone: '2' }, groups: ['x'] },
      given,
    )
    assert.deepEqual(effectsOf(result), [
      {
        do: 'update_user',
        user: ana.user.id,
        patch: { name: 'Ana Horvat', attributes: { phone: '2', team: 'x' } },
      },
    ])
    assert.deepEqual(effectsOf(await write({ name: 'Ana' }, given)), [])
  })

  it('sets a new password for who has proven who they are, once', async () => {
    const facts = { proofs: [{ method: 'mail', at: 1 }], 'prompt.password_hash': 'h' }
    const result = await write({}, { purpose: 'recover', person: ana, facts })
    assert.deepEqual(effectsOf(result), [{ do: 'set_password', user: ana.user.id, hash: 'h', since: 1 }])
    const again = { ...facts, 'prompt.password_hash': learnt(result, newPasswordHash) ?? '' }
    assert.deepEqual(effectsOf(await write({}, { purpose: 'recover', person: ana, facts: again })), [])
  })

  it('renames nobody to a name that is taken', async () => {
    const ben = somebody('ben')
    const result = await write({ username: 'ana' }, { purpose: 'settings', signedIn: ben })
    assert.equal(ended(result), 'refused')
  })
})

describe('user-write of new people', () => {
  it('G09 makes nobody under an address that somebody has, whatever its case', async () => {
    const bea = somebody('bea', {}, 'bea@example.com')
    const context = stageContext(userWrite, stageWorld([bea]), {
      purpose: 'enrol',
      facts: { 'prompt.answers': { username: 'twin', email: 'BEA@example.com' } },
    })
    const result = await userWrite.open(context)
    assert.equal(ended(result), 'refused')
    assert.deepEqual(effectsOf(result), [])
  })

  it('G08 counts a use of the invitation with the account, and holds whoever needs a yes', async () => {
    const facts = { 'invitation.of': 'i1' }
    const [made] = effectsOf(await write({ username: 'eve' }, { facts }, { needs_approval: true }))
    assert.ok(made?.do === 'create_user')
    assert.deepEqual([made.invitation, made.held, made.newAddress], ['i1', 'approval', true])
  })
})
