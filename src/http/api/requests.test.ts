/** What a request may hold: bodies, queries, addresses, and how each refusal reads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachHouse } from '../../../test/support/api-house.ts'
import { Closed, Type } from '../../base/schema.ts'
import { methodsAt } from '../methods-at.ts'
import { checkPreconditions, isCurrent, readPreconditions, revisionTag, valueTag } from './preconditions.ts'
import { readQuery } from './read-query.ts'

forEachHouse('M09 M13 refuses odd JSON with 400 and names what is odd', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const [raw, says] of [
    ['{"name":"a","name":"b"}', /twice/],
    ['{"attributes":{"__proto__":{"admin":true}}}', /__proto__/],
    [`{"attributes":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`, /deeper/],
    ['{"number":1e400}', /number/],
    ['{"name":"a\\u0000b"}', /NUL/],
    ['{"name":"\\ud800"}', /surrogate/],
    ['\ufeff{}', /byte order/],
    ['{"name":', /not valid JSON/],
    ['', /missing/],
  ] as const) {
    const answer = await root('PUT', '/users/ana', { raw, headers: { 'content-type': 'application/json' } })
    assert.equal(answer.status, 400, raw.slice(0, 50))
    assert.equal(answer.body.code, 'malformed')
    assert.match(answer.body.detail, says)
  }
  assert.equal((await root('GET', '/users/ana')).status, 404)
})

forEachHouse('M09 refuses a body beyond a megabyte before it is read, and the connection ends', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const answer = await root('PUT', '/users/ana', { raw: `{"name":"${'a'.repeat(1024 * 1024)}"}` })
  assert.equal(answer.status, 413)
  assert.equal(answer.body.code, 'too_large')
  assert.equal(answer.headers.connection, 'close')
})

forEachHouse('M13 refuses NUL and broken text in addresses and queries', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const path of [
    '/users/a%00b',
    '/users/a%00b/sessions',
    '/users?search=%00',
    '/users?search=%ff',
    '/users?%00=1',
    '/groups/%00',
  ])
    assert.equal((await root('GET', path)).status, 400, path)
})

forEachHouse('M11 M12 refuses what no list can be given by, and caps what can', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const query of [
    'limit=-1',
    'limit=0',
    'limit=1e9',
    'limit=9999999999999999999',
    'limit=1.5',
    'limit=ten',
    'sort=username;drop table users',
    "sort=name' or 1=1",
    'sort=password',
    'sort=--username',
    'sort=__proto__',
    'cursor=garbage',
    `cursor=${Buffer.from('["username",{"$gt":""},"x"]').toString('base64url')}`,
    `search=${'a'.repeat(201)}`,
    'page=1e18',
    '__proto__=1',
    'limit=1&limit=2',
  ]) {
    const answer = await root('GET', `/users?${query.replaceAll(' ', '%20')}`)
    assert.equal(answer.status, 400, query)
    assert.equal(answer.body.code, 'bad_query', query)
    assert.ok(answer.body.errors.length > 0)
  }
  for (const path of ['/users', '/groups', '/tokens', '/events', '/jobs', '/applications', '/roles']) {
    assert.equal((await root('GET', `${path}?limit=100000`)).status, 200, path)
    assert.equal((await root('GET', `${path}?sort=nothing`)).status, 400, path)
  }
  for (const search of ["' or '1'='1", '%', '_', '\\', '";--', '$.a'])
    assert.deepEqual((await root('GET', `/users?search=${encodeURIComponent(search)}`)).body.items, [], search)
})

forEachHouse('a list is given page by page, and nothing twice', async (house) => {
  await house.person('root', ['admins'])
  for (let count = 0; count < 7; count += 1) await house.person(`p${count}`)
  const root = await house.asToken('root')
  const seen: string[] = []
  let cursor = ''
  do {
    const page = (await root('GET', `/users?limit=3&sort=-username${cursor}`)).body
    for (const { meta } of page.items) seen.push(meta.username)
    cursor = page.next === null ? '' : `&cursor=${page.next}`
  } while (cursor !== '')
  assert.deepEqual(seen, ['root', 'p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0'])
  const found = (await root('GET', '/users?search=P3%40EXAMPLE')).body.items
  assert.deepEqual(
    found.map((one: { meta: { username: string } }) => one.meta.username),
    ['p3'],
  )
})

forEachHouse('an error is told as RFC 9457 says, with a stable code and the id of the request', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const answer = await root('PUT', '/users/ana', { body: { nmae: 'x', kind: 'alien', emails: [{ addres: 'a' }] } })
  assert.equal(answer.status, 422)
  const { type, title, status, code, errors, request } = answer.body
  assert.equal(type, `${house.origin()}/api/v1/docs#invalid`)
  assert.equal(title, 'The values are not valid.')
  assert.equal(status, 422)
  assert.equal(code, 'invalid')
  assert.equal(request, answer.headers['x-gatehouse-id'])
  assert.deepEqual(
    errors.find((one: { path: string }) => one.path === 'nmae'),
    {
      path: 'nmae',
      message: 'unknown key; did you mean "name"?',
    },
  )
  assert.deepEqual(errors.map((one: { path: string }) => one.path).sort(), [
    'emails[0].addres',
    'emails[0].address',
    'kind',
    'nmae',
  ])
  const page = await house.anonymous('GET', '/docs')
  assert.ok(page.text.includes('id="invalid"'), 'the type leads to the page that explains the code')
})

forEachHouse(
  'an address that is none of the API is a 404, and a wrong method a 405 that tells the right ones',
  async (house) => {
    for (const path of ['/', '/nothing', '/users/ana/nothing', '/users/ana/', '//users', '/Users'])
      assert.equal((await house.anonymous('GET', path)).status, 404, path)
    await house.person('root', ['admins'])
    const root = await house.asToken('root')
    for (const path of ['/users/', '/users//sessions', '/applications/'])
      assert.equal((await root('GET', path)).status, 404, path)
    const answer = await house.anonymous('POST', '/users/ana')
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.allow, 'GET, HEAD, PUT, PATCH, DELETE')
    assert.equal(answer.body.code, 'method_not_allowed')
  },
)

forEachHouse(
  'answers are not cached, not framed into another type, and HEAD is GET without its body',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asToken('root')
    const get = await root('GET', '/users')
    const head = await root('HEAD', '/users')
    assert.equal(get.headers['cache-control'], 'no-store')
    assert.equal(get.headers['x-content-type-options'], 'nosniff')
    assert.equal(get.headers['content-type'], 'application/json')
    assert.equal(get.headers['access-control-allow-origin'], undefined)
    assert.equal(head.status, 200)
    assert.equal(head.text, '')
    assert.equal(head.headers['content-length'], get.headers['content-length'])
  },
)

forEachHouse('where nothing is to be said, nothing but an empty object is taken', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  assert.equal((await root('POST', '/users/ana/disable', { body: { dry_run: true } })).status, 422)
  assert.equal((await house.find('ana')).active, true)
  assert.equal((await root('POST', '/users/ana/disable?dry_run=true')).status, 400, 'what cannot be tried says so')
  assert.equal((await root('POST', '/users/ana/disable', { body: {} })).status, 200)
  assert.equal((await root('POST', '/users/ana/enable')).status, 200)
  const typed = { headers: { 'content-type': 'application/json' } }
  assert.equal(
    (await root('POST', '/users/ana/disable', typed)).status,
    200,
    'clients name a type where they send nothing',
  )
  assert.equal((await root('DELETE', '/users/ana', typed)).status, 204)
})

test('a query parameter is what its schema says, once, and nothing unknown', () => {
  const schema = Closed({
    limit: Type.Integer({ minimum: 1, default: 5 }),
    dry_run: Type.Boolean({ default: false }),
    type: Type.Optional(Type.Array(Type.Enum(['a', 'b']))),
  })
  const read = (query: string) => readQuery(schema, new URLSearchParams(query))
  for (const query of [
    'limit=',
    'limit=0x10',
    'dry_run=1',
    'dry_run=',
    'dry_run=TRUE',
    'type=c',
    'tpye=a',
    'dry_run=true&dry_run=false',
  ])
    assert.equal(read(query).ok, false, query)
  assert.deepEqual(read('limit=7&type=a&type=b'), { ok: true, value: { limit: 7, type: ['a', 'b'], dry_run: false } })
})

test('preconditions compare strongly for a change and weakly for a read (RFC 9110 §13.1)', () => {
  const given = (headers: Record<string, string>) => readPreconditions(headers)
  const code = (headers: Record<string, string>, tag: string | null) => {
    const checked = checkPreconditions(given(headers), tag)
    return checked.ok ? 'ok' : checked.error.code
  }
  assert.equal(code({ 'if-match': '"1"' }, '"2"'), 'precondition_failed')
  assert.equal(code({ 'if-match': 'W/"2"' }, '"2"'), 'precondition_failed')
  assert.equal(code({ 'if-match': '*' }, null), 'precondition_failed')
  assert.equal(code({ 'if-match': 'garbage' }, '"2"'), 'precondition_failed')
  assert.equal(code({ 'if-none-match': '*' }, '"2"'), 'precondition_failed')
  assert.equal(code({ 'if-match': '"1", "2"' }, revisionTag(2)), 'ok')
  assert.equal(code({ 'if-match': '*' }, '"2"'), 'ok')
  assert.equal(code({ 'if-none-match': '*' }, null), 'ok')
  assert.equal(code({}, null), 'ok')
  assert.equal(isCurrent(given({ 'if-none-match': 'W/"2"' }), '"2"'), true)
  assert.equal(isCurrent(given({ 'if-none-match': '"1"' }), '"2"'), false)
  assert.equal(valueTag({ a: 1, b: 2 }), valueTag({ b: 2, a: 1 }))
  assert.notEqual(valueTag({ a: 1 }), valueTag({ a: 2 }))
})

test('the methods of an address are those of every declaration that it fits', () => {
  const routes = [
    { method: 'GET', path: '/a/:b' },
    { method: 'PUT', path: '/a/:b' },
    { method: 'POST', path: '/a/c' },
    // Only method and path are looked at.
  ] as unknown as Parameters<typeof methodsAt>[0]
  assert.deepEqual(methodsAt(routes, '/a/c'), ['GET', 'HEAD', 'PUT', 'POST'])
  assert.deepEqual(methodsAt(routes, '/a/'), [])
  assert.deepEqual(methodsAt(routes, '/a/b/c'), [])
})
