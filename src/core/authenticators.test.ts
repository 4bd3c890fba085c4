/** Second factors over both databases: added, used once, told without their secrets. */
import assert from 'node:assert/strict'
import { anId, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine, rawRows } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { HOUR } from '../base/clock.ts'
import type { CredentialId, UserId } from '../base/ids.ts'
import { systemRandom } from '../base/random.ts'
import { reveal, secret } from '../base/secret.ts'
import type { Effect } from '../kinds/contract/stage.ts'
import { authenticatorKinds } from '../kinds/registry.ts'
import type { Store } from '../store/store.ts'
import { createAuthenticators } from './authenticators.ts'
import { createPeople } from './people.ts'
import { CredentialOvertaken, createPerformEffects, type EffectContext } from './perform-effects.ts'
import { createSessions } from './sessions.ts'

const NOW = Date.UTC(2030, 0, 1)
const clock = { now: () => NOW }
const random = systemRandom
const request = { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW, id: 'r' }
const context: EffectContext = { request, signedIn: null, application: null, flow: 'totp-setup', device: null }
const lifetimes = { idle: HOUR, absolute: HOUR, persistentIdle: HOUR, persistentAbsolute: HOUR }
const never = () => {
  throw new Error('not asked for here')
}

const openHouse = async (store: Store) => {
  const ring = await testRing()
  const recorder = testRecorder(store, clock)
  const people = createPeople(store, clock)
  const log = () => undefined
  const sessions = createSessions({ store, ring, people, recorder, clock, random, lifetimes: () => lifetimes, log })
  const performEffects = createPerformEffects({
    store,
    sessions,
    recorder,
    firstRun: { complete: never },
    mails: { sendLink: never, spendLink: never },
    passwords: { userDue: () => false },
    random,
  } as unknown as Parameters<typeof createPerformEffects>[0])
  const user = await store.write((tx) => store.users.insert(tx, aUser()))
  const perform = (effects: readonly Effect[], about: Partial<EffectContext> = {}) =>
    store.write((tx) => performEffects(tx, effects, { ...context, ...about }))
  const events = async () =>
    (await store.events.list(store.read, { organisation: 'main', limit: 50, sort: 'at' })).items.map(({ type }) => type)
  return {
    authenticators: createAuthenticators({ store, ring, kinds: authenticatorKinds }),
    people,
    sessions,
    perform,
    events,
    user,
  }
}

const adds = (
  user: UserId,
  kind: string,
  data: object,
  more: Partial<Extract<Effect, { do: 'add_credential' }>> = {},
) =>
  ({
    do: 'add_credential',
    user,
    credential: { id: anId<CredentialId>(), kind, name: 'Phone', data },
    single: false,
    proofs: [],
    ...more,
  }) as Extract<Effect, { do: 'add_credential' }>

const TOTP = { secret: 'sealed', algorithm: 'SHA1', digits: 6, period: 30, last_step: 7 }

forEachEngine('E12 E16 of twenty who use the same answer at once one is taken, on two servers', async (open) => {
  const stores = [await open(), await open()] as const
  const first = await openHouse(stores[0])
  const second = await openHouse(stores[1])
  const { user } = first
  const added = adds(user.id, 'recovery-codes', { codes: ['a', 'b'] })
  await first.perform([added])
  const use: Effect = {
    do: 'use_credential',
    user: user.id,
    credential: added.credential.id,
    before: { codes: ['a', 'b'] },
    after: { codes: ['b'] },
  }
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? first : second).perform([use]).then(
        () => 'taken',
        (error: unknown) => (error instanceof CredentialOvertaken ? 'overtaken' : String(error)),
      ),
    ),
  )
  assert.deepEqual(outcomes.toSorted(), [...Array(19).fill('overtaken'), 'taken'])
  assert.deepEqual(await first.events(), ['credential.added', 'credential.used'])
  // Of nobody else's, and of none.
  for (const wrong of [
    { ...use, user: anId<UserId>() },
    { ...use, credential: anId<CredentialId>() },
  ]) {
    await assert.rejects(first.perform([{ ...wrong, before: { codes: ['b'] } }]), CredentialOvertaken)
  }
  for (const house of [first, second]) house.people.close()
})

forEachEngine('F01 a session gets a new cookie with an authenticator that is added in it', async (open) => {
  const store = await open()
  const { sessions, perform, people, user } = await openHouse(store)
  const proofs = [{ method: 'pwd', at: NOW - 1000 }]
  const begun = await store.write((tx) => sessions.begin(tx, { user: user.id, proofs, persistent: false, request }))
  const signedIn = await sessions.signedIn(begun.cookie)
  const { session } = await perform([adds(user.id, 'totp', TOTP, { proofs: [{ method: 'otp', at: NOW }] })], {
    signedIn,
  })
  assert.ok(session)
  assert.equal(await sessions.signedIn(begun.cookie), null, 'the old cookie is dead')
  const now = await sessions.signedIn(session.cookie)
  assert.deepEqual(now?.session.proofs, [...proofs, { method: 'otp', at: NOW }])
  assert.equal(now?.session.id, begun.session.id)
  const other = await perform([adds(anUnknown(user.id), 'totp', TOTP)], { signedIn: now }).catch(() => null)
  assert.equal(other?.session, undefined, 'nobody else’s session is touched')
  people.close()
})

const anUnknown = (_known: UserId): UserId => anId<UserId>()

forEachEngine('a single one takes the place of those before, each with its event', async (open) => {
  const store = await open()
  const { authenticators, perform, events, people, user } = await openHouse(store)
  await perform([adds(user.id, 'totp', TOTP)])
  for (const codes of [['a'], ['b', 'c']]) await perform([adds(user.id, 'recovery-codes', { codes }, { single: true })])
  const told = await authenticators.told(store.read, user.id)
  assert.deepEqual(
    // Made at the same moment here, so in no order.
    Object.fromEntries(told.map(({ kind, detail }) => [kind, detail])),
    { totp: {}, 'recovery-codes': { count: '2' } },
  )
  assert.deepEqual((await events()).toSorted(), [
    'credential.added',
    'credential.added',
    'credential.added',
    'credential.removed',
  ])
  people.close()
})

forEachEngine(
  'E22 what is told of authenticators holds nothing of what they hold; a password is none',
  async (open) => {
    const store = await open()
    const { authenticators, perform, people, user } = await openHouse(store)
    await store.write((tx) => store.credentials.setPassword(tx, user.id, anId<CredentialId>(), '$argon2id$', NOW))
    assert.deepEqual([...(await authenticators.heldMethods(store.read, user.id))], [])
    await perform([adds(user.id, 'totp', TOTP), adds(user.id, 'recovery-codes', { codes: [] })])
    assert.doesNotMatch(JSON.stringify(await authenticators.told(store.read, user.id)), /sealed|argon2/)
    assert.deepEqual([...(await authenticators.heldMethods(store.read, user.id))], ['otp'])
    const told = await authenticators.told(store.read, user.id)
    const [app, spent] = ['totp', 'recovery-codes'].map((kind) => told.find((one) => one.kind === kind))
    assert.deepEqual([app?.usable, spent?.usable], [true, false])
    assert.equal(
      await authenticators.one(store.read, anId<UserId>(), app?.id ?? anId()),
      null,
      'another’s is unknown (I08)',
    )
    people.close()
  },
)

forEachEngine('O06 no seed and no recovery code can be read out of a copied database', async (open, _engine, where) => {
  const store = await open()
  const { authenticators, perform, people, user } = await openHouse(store)
  const { vault } = authenticators
  const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  const [app, codes] = [anId<CredentialId>(), anId<CredentialId>()]
  const sealed = vault.seal(secret(seed), app, 'secret')
  const held = [
    { id: app, kind: 'totp', name: 'Phone', data: { ...TOTP, secret: sealed } },
    { id: codes, kind: 'recovery-codes', name: '', data: { codes: [vault.hash('abcd-efgh', codes)] } },
  ]
  await perform(held.map((credential) => ({ ...adds(user.id, credential.kind, {}), credential })))
  const rows = JSON.stringify(await rawRows(where, 'select * from credentials'))
  assert.match(rows, /totp/)
  assert.ok(!rows.includes(seed) && !rows.includes('abcd-efgh'))
  assert.equal(reveal(vault.open(sealed, app, 'secret'), 'test'), seed)
  people.close()
})

forEachEngine('a sealed secret opens in its own member of its own credential alone', async (open) => {
  const { vault } = (await openHouse(await open())).authenticators
  const [one, other] = [anId<CredentialId>(), anId<CredentialId>()]
  const sealed = vault.seal(secret('KEY'), one, 'secret')
  assert.doesNotMatch(sealed, /KEY/)
  assert.equal(reveal(vault.open(sealed, one, 'secret'), 'test'), 'KEY')
  assert.throws(() => vault.open(sealed, other, 'secret'))
  assert.throws(() => vault.open(sealed, one, 'other'))
  assert.notEqual(vault.hash('code', one), vault.hash('code', other))
})

forEachEngine(
  'E10 a key that somebody has is nobody else’s, also where two add it at once on two servers',
  async (open) => {
    const stores = [await open(), await open()] as const
    const houses = [await openHouse(stores[0]), await openHouse(stores[1])] as const
    const added = houses.map(({ user }) => {
      const one = adds(user.id, 'webauthn', {})
      return { ...one, credential: { ...one.credential, lookup: 'the same id' } }
    })
    const outcomes = await Promise.all(
      added.map((one, index) =>
        houses[index === 0 ? 0 : 1].perform([one]).then(
          () => 'added',
          (error: unknown) => String(error instanceof Error && error.message),
        ),
      ),
    )
    assert.deepEqual(outcomes.toSorted(), ['added', 'conflict on credentials.lookup'])
    const [store] = stores
    const found = await store.credentials.byLookup(store.read, 'webauthn the same id')
    assert.equal(
      added.some((one) => one.credential.id === found?.id),
      true,
    )
    assert.equal(await store.credentials.byLookup(store.read, 'totp the same id'), undefined)
    // Gone with its credential: whoever took it away may use the key again, as may anybody.
    if (found) await store.write((tx) => store.credentials.remove(tx, found.id))
    for (const one of added)
      await houses[0]
        .perform([{ ...one, credential: { ...one.credential, id: anId<CredentialId>() } }])
        .catch(() => undefined)
    assert.ok(await store.credentials.byLookup(store.read, 'webauthn the same id'))
    for (const house of houses) house.people.close()
  },
)

forEachEngine('a no to an offer stands until its time, for its person alone', async (open) => {
  const store = await open()
  const { perform, user, people } = await openHouse(store)
  const stands = (offer: string, now: number, id: UserId = user.id) => store.declined.stands(store.read, id, offer, now)
  const decline = (until: number | null) => perform([{ do: 'decline', user: user.id, offer: 'a passkey', until }])
  assert.equal(await stands('a passkey', NOW), false)
  await decline(NOW + 5)
  assert.deepEqual([await stands('a passkey', NOW + 4), await stands('a passkey', NOW + 5)], [true, false])
  await decline(null)
  assert.equal(await stands('a passkey', Number.MAX_SAFE_INTEGER), true)
  assert.equal(await stands('another', NOW), false)
  assert.equal(await stands('a passkey', NOW, anId<UserId>()), false)
  people.close()
})
