/** The key ring, the signing keys and their rollover over the real stores. */
import assert from 'node:assert/strict'
import { forEachEngine } from '../../../test/support/stores.ts'
import { testRecorder } from '../../../test/support/test-recorder.ts'
import { DAY } from '../../base/clock.ts'
import { systemRandom } from '../../base/random.ts'
import { reveal, type Secret, secret } from '../../base/secret.ts'
import type { KeyRing } from '../../domain/keys/key-ring.ts'
import type { Store } from '../../store/store.ts'
import { openKeyRing } from './key-ring.ts'
import { keyRows } from './key-rows.ts'
import { type KeypairSettings, rollOver } from './roll-over.ts'
import { SIGNING_ALGORITHMS } from './signing-algorithm.ts'
import { openSigningKeys } from './signing-keys.ts'

const NOW = Date.UTC(2026, 0, 1)
const clock = { now: () => NOW }
const OURS = secret('the first secret key of this house, 40 long')
const NEXT = secret('the second secret key of this house, 41 long')
const place = { table: 'secrets', row: 'a', column: 'sealed' }

const open = (store: Store, secretKey: Secret, previousKeys: Secret[] = []) =>
  openKeyRing({
    keys: keyRows(store, testRecorder(store, clock)),
    secretKey,
    previousKeys,
    now: NOW,
    random: systemRandom,
  })

const ring = async (store: Store, secretKey = OURS, previousKeys: Secret[] = []): Promise<KeyRing> => {
  const opened = await open(store, secretKey, previousKeys)
  assert(opened.ok)
  return opened.value
}

const eventsOf = async (store: Store) => {
  const { items } = await store.events.list(store.read, { organisation: 'main', limit: 100 })
  return items.map((event) => event.type).toSorted()
}

forEachEngine('lets processes that start at once agree on one ring', async (opened) => {
  const stores = [await opened(), await opened()]
  const rings = await Promise.all([...stores, ...stores].map((store) => ring(store)))
  const [first] = rings
  const sealed = first?.seal('kept', place)
  assert(sealed)
  for (const one of rings) {
    assert.equal(reveal(one.unseal(sealed, place), 'test'), 'kept')
    assert.equal(one.hash('session', 'x'), first?.hash('session', 'x'))
  }
  const [store] = stores
  assert.equal((await store?.keys.all(store.read))?.length, 3)
})

forEachEngine('changes the secret key with one event, and refuses the old one from then on', async (opened) => {
  const store = await opened()
  const sealed = (await ring(store)).seal('kept', place)
  const changed = await ring(store, NEXT, [OURS])
  assert.equal(reveal(changed.unseal(sealed, place), 'test'), 'kept')
  await ring(store, NEXT, [OURS])
  assert.deepEqual(await eventsOf(store), ['secret_key.rotated'])
  const refused = await open(store, OURS)
  assert(!refused.ok)
  assert.equal(refused.error.code, 'secret_key_wrong')
})

forEachEngine(
  'makes and rolls over signing keys once, with several processes at it, and tells the change feed',
  async (opened) => {
    const [one, two] = [await opened(), await opened()]
    const policy = { rotateEvery: 90 * DAY, publishAhead: 2 * DAY, keepFor: 30 * DAY }
    const keypairs = SIGNING_ALGORITHMS.map(
      (algorithm): KeypairSettings => ({ slug: `default-${algorithm.toLowerCase()}`, algorithm, bits: 2048, policy }),
    )
    const keys = await ring(one)
    const told = new Set<string>()
    one.changes.follow(({ what, key }) => told.add(`${what}/${key}`))
    let now = NOW
    const world = (store: Store) => {
      const clock = { now: () => now }
      return { store, ring: keys, clock, recorder: testRecorder(store, clock) }
    }
    const both = () => Promise.all([rollOver(world(one), keypairs), rollOver(world(two), keypairs)])

    const loaded = await openSigningKeys(() => one.signingKeys.all(one.read), keys)
    for (const [at, published] of [
      [NOW, 1],
      [NOW + 88 * DAY, 2],
      [NOW + 90 * DAY, 2],
      [NOW + 120 * DAY, 1],
    ] as const) {
      now = at
      const [due, same] = await both()
      assert.equal(due, same)
      await loaded.reload()
      for (const { slug } of keypairs) {
        assert.equal(loaded.published(slug).length, published)
        const signer = loaded.signer(slug)
        const signature = await signer?.sign('a.b')
        assert(signature)
        assert.equal(loaded.published(slug)[0]?.verify('a.b', signature), true)
      }
    }
    await one.changes.fresh()
    for (const { slug } of keypairs) assert(told.has(`keys/${slug}`), slug)
    const once = ['key.activated', 'key.created', 'key.created', 'key.removed', 'key.retired']
    assert.deepEqual(
      await eventsOf(one),
      once.flatMap((type) => keypairs.map(() => type)),
    )
  },
)
