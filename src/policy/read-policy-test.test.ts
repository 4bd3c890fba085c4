import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../base/json.ts'
import { readPolicyTest } from './read-policy-test.ts'

const read = (given: Json) => {
  const test = readPolicyTest(given)
  return test.ok ? test.value : assert.fail(`${JSON.stringify(given)}: ${JSON.stringify(test.error)}`)
}
const issue = (given: Json) => {
  const test = readPolicyTest(given)
  return test.ok ? assert.fail(`read ${JSON.stringify(given)}`) : test.error[0]
}

test('what is no test is refused, and never taken for a shorter one', () => {
  for (const given of [
    '',
    'ana',
    'ana can open',
    'ana may open grafana',
    'ana can not open grafana',
    'ana cannot open grafana from',
    'ana can open grafana from office from home',
    'ana can open grafana form office',
    'ana can open grafana and bob can open grafana',
    'ana can open grafana at night',
    'ana can open grafana at 2026-02-30T03:00',
    'ana can open grafana at 2026-01-01',
    'ana can open grafana on a device',
    'ana needs mfa to open grafana with mfa',
  ])
    assert.equal(issue(given)?.path, '', given)
})

test('a map is refused with the place of what is wrong in it', () => {
  const map = { person: 'ana', application: 'grafana', expect: 'can' }
  for (const [given, path] of [
    [{ ...map, expect: 'may' }, 'expect'],
    [{ ...map, netwrok: 'office' }, 'netwrok'],
    [{ ...map, time: 'noon' }, 'time'],
    [{ ...map, because: 'office' }, 'because'],
    [{ person: 'ana', expect: 'can' }, 'application'],
    [{ expect: 'ana opens grafana' }, 'expect'],
    [{ expect: 'ana can open grafana', because: 'office' }, 'because'],
  ] as const)
    assert.equal(issue(given)?.path, path, JSON.stringify(given))
  for (const given of [null, 7, [], true]) assert.ok(issue(given))
})

test('reads a sentence with its parts in any order', () => {
  const common = { person: 'ana', application: 'grafana', methods: null, because: null }
  assert.deepEqual(read('ana can open grafana from office'), {
    ...common,
    text: 'ana can open grafana from office',
    expect: 'can',
    from: 'office',
    at: null,
    device: 'new',
  })
  const { text: _, ...whole } = read(
    'ana  cannot open grafana on a known device at 2026-01-01T03:00+01:00 from 203.0.113.7 with pwd+hwk',
  )
  assert.deepEqual(whole, {
    ...common,
    expect: 'cannot',
    from: '203.0.113.7',
    at: Date.UTC(2026, 0, 1, 2),
    methods: ['pwd', 'hwk'],
    device: 'known',
  })
  assert.equal(read('bob needs mfa to open gitlab').expect, 'needs_mfa')
  assert.deepEqual(read('bob can open gitlab with mfa').methods, ['pwd', 'otp'])
  assert.equal(read('bob can open gitlab at 2026-01-01T03:00').at, Date.UTC(2026, 0, 1, 3))
})

test('a map says the same as its sentence', () => {
  const map = {
    person: 'ana',
    application: 'grafana',
    expect: 'cannot',
    network: 'office',
    time: '2026-01-01T03:00Z',
    mfa: true,
    device: 'known',
    because: 'hours',
  }
  const read1 = read(map)
  assert.equal(read1.because, 'hours')
  const { because: _, ...said } = read1
  const { because: __, ...again } = read(read1.text)
  assert.deepEqual(again, said)
  assert.equal(read({ expect: 'ana cannot open grafana', because: 'hours' }).because, 'hours')
})
