import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Closed, Duration, parse, Slug, SlugMap, Type } from './schema.ts'

const Client = Closed({ client_id: Type.String(), validity: Duration({ default: '1h' }), slug: Type.Optional(Slug()) })

test('names an unknown key, its path and the nearest right one', () => {
  const parsed = parse(SlugMap(Client), { nextcloud: { client_id: 'a', clientid: 'x' } })
  assert.deepEqual(parsed, {
    ok: false,
    error: [{ path: 'nextcloud.clientid', message: 'unknown key; did you mean "client_id"?' }],
  })
})

test('tells every issue at once', () => {
  const parsed = parse(Client, { validity: 'soon', slug: 'No Slug' })
  assert.equal(parsed.ok, false)
  if (!parsed.ok) assert.deepEqual(parsed.error.map((issue) => issue.path).sort(), ['client_id', 'slug', 'validity'])
})

test('fills defaults in and leaves the input alone', () => {
  const input = { client_id: 'a' }
  assert.deepEqual(parse(Client, input), { ok: true, value: { client_id: 'a', validity: '1h' } })
  assert.deepEqual(input, { client_id: 'a' })
})

test('H11 refuses keys that reach an object prototype', () => {
  for (const body of ['{"__proto__":{"admin":true}}', '{"a":{"constructor":{}}}', '{"a":[{"prototype":1}]}']) {
    const parsed = parse(Type.Any(), JSON.parse(body))
    assert.equal(parsed.ok, false, body)
  }
})

test('M09 refuses a document nested beyond any of ours', () => {
  assert.equal(parse(Type.Any(), JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`)).ok, false)
})
