import assert from 'node:assert/strict'
import { aGroup, aUser } from '../../test/support/store-rows.ts'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRecorder } from '../../test/support/test-recorder.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { HOUR } from '../base/clock.ts'
import { type CredentialId, newId, type UserId } from '../base/ids.ts'
import { systemRandom as random } from '../base/random.ts'
import { secret } from '../base/secret.ts'
import type { Store } from '../store/store.ts'
import { createFirstRun } from './first-run.ts'

const START = Date.UTC(2030, 0, 1)

const houseOf = async (store: Store) => {
  const at = { now: START }
  const clock = { now: () => at.now }
  const recorder = testRecorder(store, clock)
  const firstRun = createFirstRun({ store, ring: await testRing(), recorder, clock, random })
  const ana = newId<UserId>(START, random)
  const person = { username: 'ana', name: 'Ana', kind: 'internal', active: true, attributes: {} } as const
  const rest = { organisation: 'main', locale: null, managedBy: null, createdAt: START }
  await store.write((tx) => store.users.insert(tx, { id: ana, ...person, ...rest }))
  return { at, firstRun, ana, spend: (link: string) => store.write((tx) => firstRun.spendRecovery(tx, link, at.now)) }
}

forEachEngine('G03 spends a recovery link once, and only the newest one of a person', async (open) => {
  const { firstRun, ana, spend } = await houseOf(await open())
  const older = await firstRun.newRecovery(ana)
  const newer = await firstRun.newRecovery(ana)
  assert.equal(await spend(older), null)
  assert.equal(await spend(newer), ana)
  assert.equal(await spend(newer), null)
})

forEachEngine('G03 refuses a recovery link after its hour, and after the password was changed', async (open) => {
  const store = await open()
  const { at, firstRun, ana, spend } = await houseOf(store)
  const late = await firstRun.newRecovery(ana)
  at.now += HOUR
  assert.equal(await spend(late), null)
  const overtaken = await firstRun.newRecovery(ana)
  const id = newId<CredentialId>(at.now, random)
  await store.write((tx) => store.credentials.setPassword(tx, ana, id, '$argon2id$', at.now))
  assert.equal(await spend(overtaken), null)
})

forEachEngine(
  'G11 a recovery link that a disabled person tried is dead, also once they are switched on',
  async (open) => {
    const store = await open()
    const { at, firstRun, ana, spend } = await houseOf(store)
    const link = await firstRun.newRecovery(ana)
    await store.write((tx) => store.users.update(tx, ana, { active: false }, at.now))
    assert.equal(await spend(link), null)
    await store.write((tx) => store.users.update(tx, ana, { active: true }, at.now))
    assert.equal(await spend(link), null)
  },
)

forEachEngine('the headless bootstrap makes the first administrator, and records each of its deeds', async (open) => {
  const store = await open()
  const { firstRun } = await houseOf(store)
  const group = aGroup({ slug: 'admins' })
  await store.write((tx) => store.groups.insert(tx, group))
  const given = { password: secret('the first password'), email: 'it@example.com', token: secret('the first token') }
  assert.equal(await firstRun.bootstrap(given, async () => '$argon2id$'), true)
  const admin = await store.users.byUsername(store.read, 'akadmin')
  assert.ok(admin)
  assert.deepEqual(await store.groups.memberships(store.read, admin.id), [
    { userId: admin.id, groupId: group.id, until: null },
  ])
  const [token] = await store.tokens.of(store.read, admin.id)
  assert.deepEqual(await deeds(store), [
    ['instance.setup_completed', undefined],
    ['membership.added', `users/${admin.id}`],
    ['token.created', `tokens/${token?.id}`],
    ['user.created', `users/${admin.id}`],
    ['user.password_set', `users/${admin.id}`],
  ])
  const told = JSON.stringify((await store.events.list(store.read, { organisation: 'main', limit: 50 })).items)
  assert.ok(!told.includes('the first'), 'no secret is in an event (M07)')
  assert.equal(await firstRun.bootstrap(given, async () => '$argon2id$'), false)
  assert.equal((await deeds(store)).length, 5)
})

forEachEngine('G10 the headless bootstrap makes an administrator of an akadmin who is there already', async (open) => {
  const store = await open()
  const { firstRun } = await houseOf(store)
  const group = aGroup({ slug: 'admins' })
  const admin = aUser({ username: 'akadmin' })
  await store.write(async (tx) => {
    await store.groups.insert(tx, group)
    await store.users.insert(tx, admin)
    // One that ends is no lasting administrator.
    await store.groups.addMember(tx, { userId: admin.id, groupId: group.id, until: START + HOUR })
  })
  await firstRun.bootstrap({ password: null, email: null, token: secret('a token') }, async () => '')
  assert.deepEqual(await store.groups.memberships(store.read, admin.id), [
    { userId: admin.id, groupId: group.id, until: null },
  ])
  assert.deepEqual(
    (await deeds(store)).map(([type]) => type),
    ['instance.setup_completed', 'membership.added', 'token.created'],
  )
})

const deeds = async (store: Store) => {
  const { items } = await store.events.list(store.read, { organisation: 'main', limit: 50, sort: 'at' })
  // All of one instant, so in the order of their names.
  return items.map(({ type, target }) => [type, target]).toSorted()
}
