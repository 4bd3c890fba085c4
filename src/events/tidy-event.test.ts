import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '../base/json.ts'
import type { EventDraft } from './event.ts'
import { tidyEvent } from './tidy-event.ts'

const draft = (detail: JsonObject, name = 'ana'): EventDraft => ({
  type: 'login.failed',
  actor: { kind: 'user', id: 'u', name },
  detail,
  client: { ip: '10.0.0.1', userAgent: 'x', request: 'r' },
})

test('M06 a name that breaks lines, turns direction or holds escapes is one harmless line', () => {
  const { actor, detail } = tidyEvent(draft({ typed: 'a\r\nlogin failed: user="b"\u001b[2J\u202e\u2028' }, 'an\na'))
  assert.deepEqual(detail, { typed: 'a\ufffd\ufffdlogin failed: user="b"\ufffd[2J\ufffd\ufffd' })
  assert.equal('name' in actor && actor.name, 'an\ufffda')
})

test('M13 NUL and half surrogate pairs, which a database refuses, do not keep an event from being written', () => {
  assert.deepEqual(tidyEvent(draft({ typed: 'a\u0000b\ud800c' })).detail, { typed: 'a\ufffdb\ufffdc' })
})

test('I18 no field is long enough to silence an event', () => {
  const long = tidyEvent({ ...draft({ typed: 'x'.repeat(1_000_000) }, 'n'.repeat(10_000)), target: 't'.repeat(10_000) })
  assert.ok(JSON.stringify(long).length < 2_000)
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 'v'.repeat(900)]))
  const { detail } = tidyEvent(draft(wide))
  assert.equal(detail?.cut, true)
  assert.ok(JSON.stringify(detail).length < 2_000)
})

test('a document nested without end is cut', () => {
  let nested: Json = 1
  for (let depth = 0; depth < 5_000; depth++) nested = [nested]
  assert.ok(JSON.stringify(tidyEvent(draft({ nested })).detail).includes('[deeper]'))
})

test('M07 a text under the name of a secret is hidden, and what merely tells whether there is one is kept', () => {
  const { detail } = tidyEvent(
    draft({
      password: 'hunter2',
      new_password: 'x',
      clientSecret: 'x',
      'refresh-token': 'x',
      given: { 'Set-Cookie': 'x' },
      token: true,
      code: 'GH-7K2Q',
    }),
  )
  assert.deepEqual(detail, {
    password: '[hidden]',
    new_password: '[hidden]',
    clientSecret: '[hidden]',
    'refresh-token': '[hidden]',
    given: { 'Set-Cookie': '[hidden]' },
    token: true,
    code: 'GH-7K2Q',
  })
})

test('H11 keys that reach a prototype are left out', () => {
  const { detail } = tidyEvent(draft(JSON.parse('{"__proto__":{"admin":true},"a":{"constructor":1},"b":2}')))
  assert.deepEqual(detail, { a: {}, b: 2 })
})

test('tidy twice is tidy once, whatever the event holds', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 8 })),
      fc.string({ unit: 'binary', maxLength: 600 }),
      (detail, name) => {
        const once = tidyEvent(draft(detail as JsonObject, name))
        assert.deepEqual(tidyEvent(once), once)
      },
    ),
    { numRuns: 300 },
  )
})
