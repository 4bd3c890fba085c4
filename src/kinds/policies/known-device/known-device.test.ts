import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW } from '../../../../test/support/stage-world.ts'
import { DAY } from '../../../base/clock.ts'
import { parse } from '../../../base/schema.ts'
import { knownDevice } from './index.ts'

const judge = (deviceSince: number | null, settings: object = {}) => {
  const config = parse(knownDevice.config, settings)
  const compiled = knownDevice.compile(config.ok ? config.value : assert.fail())
  assert.ok(compiled.ok)
  return compiled.value.judge({
    person: null,
    session: null,
    application: null,
    request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    deviceSince,
    failures: null,
  })
}

test('a browser that never signed them in is not known, however short the time', () => {
  assert.equal(judge(null).holds, false)
  assert.equal(judge(null, { known_for: '0s' }).holds, false)
})

test('signing in twice makes no browser known: it must have been a day, and the verdict says until when', () => {
  const verdict = judge(NOW - 5)
  assert.equal(verdict.holds, false)
  assert.equal(verdict.validUntil, NOW - 5 + DAY)
})

test('holds from the very instant on that it has been known for long enough', () => {
  assert.equal(judge(NOW - DAY + 1).holds, false)
  assert.equal(judge(NOW - DAY).holds, true)
  assert.equal(judge(NOW, { known_for: '0s' }).holds, true)
})
