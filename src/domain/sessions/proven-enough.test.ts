import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../../base/clock.ts'
import { provenEnough } from './proven-enough.ts'

const NOW = Date.UTC(2030, 0, 1)
const lately = (method: string) => ({ method, at: NOW - 15 * MINUTE })
const none = new Set<string>()
const app = new Set(['otp'])

test('nothing, and nothing of lately, is not enough', () => {
  assert.equal(provenEnough([], none, NOW), false)
  assert.equal(provenEnough([{ method: 'pwd', at: NOW - 15 * MINUTE - 1 }], none, NOW), false)
})

test('whoever has a second factor must have shown one: the password is not enough to put another in its place', () => {
  assert.equal(provenEnough([lately('pwd')], none, NOW), true)
  assert.equal(provenEnough([lately('pwd')], app, NOW), false)
  assert.equal(provenEnough([lately('pwd'), { method: 'otp', at: NOW - 16 * MINUTE }], app, NOW), false)
  assert.equal(provenEnough([lately('otp')], app, NOW), true)
})

test('the break-glass link is the way back of those who lost what they had', () => {
  assert.equal(provenEnough([lately('recovery')], app, NOW), true)
})
