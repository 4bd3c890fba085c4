import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testRing } from '../../../test/support/test-ring.ts'
import { DAY } from '../../base/clock.ts'
import type { UserId } from '../../base/ids.ts'
import { systemRandom as random } from '../../base/random.ts'
import type { WireRequest } from '../../base/wire.ts'
import { knownSince } from '../../flow/known-since.ts'
import { knownDevice, readDevice } from './known-device.ts'

const NOW = 1_760_000_000_000
const [ana, bob] = ['user-ana' as UserId, 'user-bob' as UserId]
// Only the cookie and the clock are looked at.
const asking = (cookie: string | null, now = NOW): WireRequest =>
  ({ cookies: new Map(cookie === null ? [] : [['device', cookie]]), now }) as unknown as WireRequest

test('a cookie that is not of ours makes no browser known', async () => {
  const ring = await testRing()
  assert.equal(readDevice(asking(null), ring), null)
  assert.equal(readDevice(asking('made up'), ring), null)
  const other = ring.sealValue('attempt', { id: 'd', people: [ana], since: { [ana]: 0 } }, NOW + DAY)
  assert.equal(readDevice(asking(other), ring), null)
  assert.equal(knownSince(null, ana, NOW), null)
})

test('keeps when it first signed each of its people in, however often they sign in again', async () => {
  const ring = await testRing()
  const after = (before: string | null, user: UserId, now: number): string =>
    knownDevice(readDevice(asking(before, now), ring), user, now, { ring, random }).value ?? assert.fail()
  const first = after(null, ana, NOW)
  const second = after(after(first, bob, NOW + DAY), ana, NOW + 2 * DAY)
  const device = readDevice(asking(second, NOW + 2 * DAY), ring)
  assert.equal(knownSince(device, ana, NOW + 2 * DAY), NOW)
  assert.equal(knownSince(device, bob, NOW + 2 * DAY), NOW + DAY)
  assert.equal(knownSince(device, 'user-eve', NOW + 2 * DAY), null)
})

test('a cookie of before instants were kept counts from now on, and never as older', async () => {
  const ring = await testRing()
  const old = ring.sealValue('device', { id: 'd', people: [ana] }, NOW + DAY)
  assert.equal(knownSince(readDevice(asking(old), ring), ana, NOW), NOW)
  const odd = ring.sealValue('device', { id: 'd', people: [ana], since: { [ana]: 'long' } }, NOW + DAY)
  assert.equal(knownSince(readDevice(asking(odd), ring), ana, NOW), NOW)
})
