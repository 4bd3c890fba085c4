import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { newId, type UserId } from '../base/ids.ts'
import { systemRandom } from '../base/random.ts'
import type { MailLink, Store } from './store.ts'

const somebody = async (store: Store, username: string): Promise<UserId> => {
  const id = newId<UserId>(1, systemRandom)
  const row = { id, username, name: username, kind: 'internal', active: true, attributes: {} } as const
  await store.write((tx) =>
    store.users.insert(tx, { ...row, organisation: 'main', locale: null, managedBy: null, createdAt: 1 }),
  )
  return id
}

const link = (linkHash: string, userId: UserId | null, given: Partial<MailLink> = {}): MailLink => ({
  linkHash,
  codeHash: `code of ${linkHash}`,
  purpose: 'recover',
  userId,
  address: 'ana@example.com',
  standing: '1.',
  flow: 'recover',
  revision: 3,
  node: 'email',
  attemptId: null,
  expiresAt: 100,
  ...given,
})

forEachEngine('G03 spends a link once, however many try at the same moment', async (open) => {
  const stores = [await open(), await open()]
  const [store] = stores as [Store]
  const ana = await somebody(store, 'ana')
  await store.write((tx) => store.mailLinks.insert(tx, link('a', ana)))
  assert.deepEqual(await store.mailLinks.byHash(store.read, 'a'), link('a', ana))
  const spent = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const one = stores[index % 2] as Store
      return one.write((tx) => one.mailLinks.spend(tx, 'a'))
    }),
  )
  assert.equal(spent.filter(Boolean).length, 1)
  assert.equal(await store.mailLinks.byHash(store.read, 'a'), undefined)
})

forEachEngine('G03 a newer link of the same person and purpose takes the place of the older one', async (open) => {
  const store = await open()
  const [ana, bea] = [await somebody(store, 'ana'), await somebody(store, 'bea')]
  const kept = [
    link('bea', bea),
    link('other purpose', ana, { purpose: 'enrol' }),
    link('nobody', null),
    link('new', ana),
  ]
  for (const one of [link('old', ana), link('nobody too', null), ...kept]) {
    await store.write((tx) => store.mailLinks.insert(tx, one))
  }
  assert.equal(await store.mailLinks.byHash(store.read, 'old'), undefined)
  for (const one of kept) assert.deepEqual(await store.mailLinks.byHash(store.read, one.linkHash), one)
})

forEachEngine('purges links that are over, and those of a person who was deleted', async (open) => {
  const store = await open()
  const ana = await somebody(store, 'ana')
  await store.write((tx) => store.mailLinks.insert(tx, link('over', null, { expiresAt: 9 })))
  await store.write((tx) => store.mailLinks.insert(tx, link('of ana', ana)))
  await store.write((tx) => store.mailLinks.insert(tx, link('stands', null)))
  assert.equal(await store.write((tx) => store.mailLinks.purge(tx, 10, 10)), 1)
  await store.write((tx) => store.users.remove(tx, ana))
  for (const [hash, there] of [
    ['over', false],
    ['of ana', false],
    ['stands', true],
  ] as const) {
    assert.equal((await store.mailLinks.byHash(store.read, hash)) !== undefined, there, hash)
  }
})
