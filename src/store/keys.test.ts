/** Keys, secrets and facts of the instance. */
import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { isUuid } from '../base/ids.ts'
import type { Sealed } from '../base/secret.ts'
import { Conflict, type SigningKey } from './store.ts'

const aSigningKey = (kid: string, given: Partial<SigningKey> = {}): SigningKey => ({
  kid,
  keypair: 'default',
  algorithm: 'ES256',
  state: 'active',
  publicJwk: { kty: 'EC', kid },
  sealedPrivateKey: 'sealed' as Sealed,
  createdAt: 1,
  activeFrom: null,
  retiredAt: null,
  removeAt: null,
  ...given,
})

forEachEngine('lets two processes that start at once agree on one first key a purpose', async (open) => {
  const stores = [await open(), await open()] as const
  const first = (index: number) => {
    const store = stores[index % 2 === 0 ? 0 : 1]
    const key = { id: `k${index}`, purpose: 'seal', wrapped: `w${index}`, createdAt: index }
    return store.write((tx) => store.keys.insertFirst(tx, key))
  }
  const told = await Promise.all(Array.from({ length: 50 }, (_, index) => first(index)))
  assert.equal(new Set(told.map((key) => key.id)).size, 1)
  assert.deepEqual(await stores[1].keys.all(stores[1].read), [told[0]])
})

forEachEngine('rewraps a data key and adds more of its purpose', async (open) => {
  const store = await open()
  const key = { id: 'a', purpose: 'seal', wrapped: 'w', createdAt: 1 }
  await store.write(async (tx) => {
    await store.keys.insert(tx, key)
    await store.keys.insert(tx, { ...key, id: 'b', createdAt: 2 })
    await store.keys.rewrap(tx, 'a', 'anew')
  })
  const all = await store.keys.all(store.read)
  assert.deepEqual(all, [
    { ...key, wrapped: 'anew' },
    { ...key, id: 'b', createdAt: 2 },
  ])
})

forEachEngine('refuses a second active or next key of a key pair, and not a retired one', async (open) => {
  const store = await open()
  const taken = (error: unknown) => error instanceof Conflict && error.on === 'signing_keys.state'
  const insert = (key: SigningKey) => store.write((tx) => store.signingKeys.insert(tx, key))
  const move = (kid: string, patch: Partial<SigningKey>) =>
    store.write((tx) => store.signingKeys.setState(tx, kid, patch))
  await insert(aSigningKey('a'))
  await assert.rejects(insert(aSigningKey('b')), taken)
  await insert(aSigningKey('b', { state: 'next', createdAt: 2 }))
  await assert.rejects(insert(aSigningKey('c', { state: 'next' })), taken)
  await insert(aSigningKey('d', { keypair: 'other' }))
  await assert.rejects(move('b', { state: 'active' }), taken)
  await move('a', { state: 'retired', retiredAt: 5, removeAt: 9 })
  await move('b', { state: 'active', activeFrom: 5 })
  await insert(aSigningKey('e', { state: 'retired', createdAt: 3 }))
  const own = (await store.signingKeys.all(store.read)).filter((key) => key.keypair === 'default')
  assert.deepEqual(own, [
    aSigningKey('a', { state: 'retired', retiredAt: 5, removeAt: 9 }),
    aSigningKey('b', { createdAt: 2, activeFrom: 5 }),
    aSigningKey('e', { state: 'retired', createdAt: 3 }),
  ])
  const remove = () => store.write((tx) => store.signingKeys.remove(tx, 'a'))
  assert.deepEqual([await remove(), await remove()], [true, false])
  await assert.rejects(move('a', { state: 'retired' }), Conflict)
  await assert.rejects(insert(aSigningKey('e', { state: 'retired' })), Conflict)
})

forEachEngine('keeps the newest version of a secret only', async (open) => {
  const store = await open()
  await store.write((tx) => store.secrets.put(tx, 's', 'one' as Sealed, 1))
  await store.write((tx) => store.secrets.put(tx, 's', 'two' as Sealed, 2))
  assert.deepEqual(await store.secrets.get(store.read, 's'), { sealed: 'two', version: 2 })
  assert.deepEqual(await store.secrets.all(store.read), [{ id: 's', sealed: 'two', version: 2 }])
  const remove = () => store.write((tx) => store.secrets.remove(tx, 's'))
  assert.deepEqual([await remove(), await remove()], [true, false])
  assert.equal(await store.secrets.get(store.read, 's'), undefined)
})

forEachEngine('names the instance once, at its first opening, and for good', async (open) => {
  const store = await open()
  const id = await store.instance.get(store.read, 'install_id')
  assert.ok(typeof id === 'string' && isUuid(id))
  const again = await open()
  assert.equal(await again.instance.get(again.read, 'install_id'), id)
})

forEachEngine('sets a fact once where it must be once, for one of fifty', async (open) => {
  const stores = [await open(), await open()] as const
  const set = (index: number) => {
    const store = stores[index % 2 === 0 ? 0 : 1]
    return store.write((tx) => store.instance.setOnce(tx, 'setup_done', { by: index }))
  }
  const won = await Promise.all(Array.from({ length: 50 }, (_, index) => set(index)))
  assert.equal(won.filter(Boolean).length, 1)
  const [store] = stores
  const winner = won.indexOf(true)
  assert.deepEqual(await store.instance.get(store.read, 'setup_done'), { by: winner })
  await store.write((tx) => store.instance.set(tx, 'setup_done', false))
  assert.equal(await store.instance.get(store.read, 'setup_done'), false)
  const remove = () => store.write((tx) => store.instance.remove(tx, 'setup_done'))
  assert.deepEqual([await remove(), await remove()], [true, false])
  assert.equal(await store.instance.get(store.read, 'setup_done'), undefined)
})
