import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { type EmailId, type GroupId, type InvitationId, newId, type UserId } from '../base/ids.ts'
import { systemRandom as random } from '../base/random.ts'
import type { Invitation } from '../domain/invitations/invitation.ts'
import type { Store } from './store.ts'

const NOW = Date.UTC(2030, 0, 1)

const person = async (store: Store, username: string, more: Partial<Parameters<Store['users']['insert']>[1]> = {}) => {
  const id = newId<UserId>(NOW, random)
  await store.write((tx) =>
    store.users.insert(tx, {
      id,
      username,
      name: username,
      kind: 'internal',
      active: true,
      attributes: {},
      organisation: 'main',
      locale: null,
      managedBy: null,
      createdAt: NOW,
      ...more,
    }),
  )
  return id
}

forEachEngine(
  'G11 whoever is held is switched off whatever is written, until somebody lets go of them',
  async (open) => {
    const store = await open()
    const ana = await person(store, 'ana')
    const update = (patch: Parameters<Store['users']['update']>[2], now = NOW + 5) =>
      store.write((tx) => store.users.update(tx, ana, patch, now))
    const before = await store.users.byId(store.read, ana)
    const locked = await update({ held: { why: 'locked', since: NOW } })
    assert.equal(locked.active, false)
    assert.equal(locked.generation, (before?.generation ?? 0) + 1, 'all they hold is void')
    for (const patch of [{ active: true }, { active: true, name: 'Ana' }, { managedBy: 'people.yaml', active: true }]) {
      assert.equal((await update(patch)).active, false, JSON.stringify(patch))
    }
    assert.deepEqual((await store.users.byId(store.read, ana))?.held, { why: 'locked', since: NOW })
    const free = await update({ held: null, active: true }, NOW + 9)
    assert.deepEqual([free.active, free.held, free.releasedAt], [true, undefined, NOW + 9])
    assert.deepEqual(await store.users.byId(store.read, ana), free)
  },
)

forEachEngine('tells who waits for a yes, the longest first', async (open) => {
  const store = await open()
  const bea = await person(store, 'bea', { held: { why: 'approval', since: NOW + 2 } })
  const cyd = await person(store, 'cyd', { held: { why: 'approval', since: NOW + 1 } })
  await person(store, 'dan', { held: { why: 'locked', since: NOW } })
  await person(store, 'eve', { organisation: 'other', held: { why: 'approval', since: NOW } })
  const waiting = await store.users.held(store.read, 'main', 'approval', 10)
  assert.deepEqual(
    waiting.map(({ id, active }) => [id, active]),
    [
      [cyd, false],
      [bea, false],
    ],
  )
})

const invitation = (more: Partial<Invitation> = {}): Invitation => ({
  id: newId<InvitationId>(NOW, random),
  flow: 'enrol-invited',
  data: { email: 'new@example.com', groups: ['g1' as GroupId] },
  uses: 1,
  used: 0,
  inviter: null,
  organisation: 'main',
  createdAt: NOW,
  expiresAt: NOW + 1000,
  ...more,
})

forEachEngine(
  'G08 of any number at once, as many take an invitation as it has uses left, and none once it ended',
  async (open) => {
    const store = await open()
    const two = invitation({ uses: 2 })
    const over = invitation({ expiresAt: NOW })
    await store.write(async (tx) => {
      await store.invitations.insert(tx, { ...two, tokenHash: 'two' })
      await store.invitations.insert(tx, { ...over, tokenHash: 'over' })
    })
    assert.deepEqual(await store.invitations.byTokenHash(store.read, 'two'), two)
    assert.equal(await store.invitations.byTokenHash(store.read, 'none'), undefined)
    const take = (id: InvitationId) => store.write((tx) => store.invitations.take(tx, id, NOW))
    const taken = await Promise.all(Array.from({ length: 10 }, () => take(two.id)))
    assert.equal(taken.filter(Boolean).length, 2)
    assert.equal(await take(over.id), false)
    const { items } = await store.invitations.list(store.read, { organisation: 'main', limit: 10 })
    assert.deepEqual(items.map(({ id }) => id).sort(), [two.id, over.id].sort())
    assert.equal(await store.write((tx) => store.invitations.purge(tx, NOW + 1, 10)), 1)
    assert.equal(await store.write((tx) => store.invitations.remove(tx, two.id)), true)
    assert.equal(await take(two.id), false)
  },
)

forEachEngine('G08 an invitation goes with whoever made it', async (open) => {
  const store = await open()
  const inviter = await person(store, 'ana')
  const made = invitation({ inviter })
  await store.write((tx) => store.invitations.insert(tx, { ...made, tokenHash: 'hash' }))
  await store.write((tx) => store.users.remove(tx, inviter))
  assert.equal(await store.invitations.byTokenHash(store.read, 'hash'), undefined)
})

forEachEngine('keeps each version of terms that somebody agreed to, with the first time', async (open) => {
  const store = await open()
  const ana = await person(store, 'ana')
  const agree = (version: number, now: number) =>
    store.write((tx) => store.agreedTerms.put(tx, ana, 'house', version, now))
  assert.equal(await store.agreedTerms.newest(store.read, ana, 'house'), null)
  await agree(1, NOW)
  await agree(1, NOW + 1)
  await agree(3, NOW + 2)
  assert.equal(await store.agreedTerms.newest(store.read, ana, 'house'), 3)
  assert.equal(await store.agreedTerms.newest(store.read, ana, 'other'), null)
  assert.deepEqual(await store.agreedTerms.of(store.read, ana), [
    { terms: 'house', version: 1, agreedAt: NOW },
    { terms: 'house', version: 3, agreedAt: NOW + 2 },
  ])
})

forEachEngine('an address is taken by whoever has it, verified or not', async (open) => {
  const store = await open()
  const ana = await person(store, 'ana')
  const id = newId<EmailId>(NOW, random)
  const row = { id, userId: ana, address: 'Ana@Example.com', primary: true, verifiedAt: null, verifiedBy: null }
  await store.write((tx) => store.emails.insert(tx, row))
  assert.equal(await store.emails.taken(store.read, 'ana@example.COM'), true)
  assert.equal(await store.emails.taken(store.read, 'bea@example.com'), false)
})
