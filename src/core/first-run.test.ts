import assert from 'node:assert/strict'
import { forEachEngine } from '../../test/support/stores.ts'
import { testRing } from '../../test/support/test-ring.ts'
import { HOUR } from '../base/clock.ts'
import { type CredentialId, newId, type UserId } from '../base/ids.ts'
import { systemRandom as random } from '../base/random.ts'
import type { Store } from '../store/store.ts'
import { createFirstRun } from './first-run.ts'
import { createRecorder } from './recorder.ts'

const START = Date.UTC(2030, 0, 1)

const houseOf = async (store: Store) => {
  const at = { now: START }
  const clock = { now: () => at.now }
  const recorder = createRecorder({ store, clock, random, log: () => undefined })
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
  await store.write((tx) => store.credentials.setPassword(tx, ana, id, '$argon2id$', at.now, false))
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
