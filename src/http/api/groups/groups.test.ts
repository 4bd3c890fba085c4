import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'
import { DAY } from '../../../base/clock.ts'

forEachHouse('a group is made, replaced, patched and told by the values of the configuration file', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  await root('PUT', '/groups/company', { body: {} })
  const values = { name: 'Staff', parents: ['company'], roles: ['auditor'], attributes: { floor: 2 } }
  const made = await root('PUT', '/groups/staff', { body: values })
  assert.equal(made.status, 201)
  assert.equal(made.headers.location, '/api/v1/groups/staff')
  const { meta, ...told } = made.body
  assert.deepEqual(told, values)
  const events = (await house.events()).length
  const again = await root('PUT', '/groups/staff', {
    body: made.body,
    headers: { 'if-match': made.headers.etag ?? '' },
  })
  assert.equal(again.status, 200)
  assert.equal((await house.events()).length, events, 'what is told can be sent back, and changes nothing')
  const patched = await root('PATCH', '/groups/staff', { body: { name: null, attributes: { floor: null, wing: 'b' } } })
  assert.equal(patched.body.name, 'staff')
  assert.deepEqual(patched.body.attributes, { wing: 'b' })
  assert.equal(
    (await root('PATCH', '/groups/staff', { body: {}, headers: { 'if-match': made.headers.etag ?? '' } })).status,
    412,
  )
  assert.equal((await root('PUT', '/groups/staff', { body: {}, headers: { 'if-none-match': '*' } })).status, 412)
  const tried = await root('PUT', '/groups/staff?dry_run=true', { body: { name: 'X' } })
  assert.equal(tried.body.outcome, 'updated')
  assert.equal((await root('DELETE', '/groups/staff?dry_run=true')).body.outcome, 'deleted')
  assert.equal((await root('GET', '/groups/staff')).body.name, 'staff')
  assert.equal((await root('GET', '/groups?search=STAFF')).body.items[0].meta.id, meta.id)
})

forEachHouse('tells every issue of a group at once, a circle of parents among them', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  await root('PUT', '/groups/a', { body: {} })
  await root('PUT', '/groups/b', { body: { parents: ['a'] } })
  const answer = await root('PUT', '/groups/a', { body: { parents: ['b', 'nowhere'], roles: ['nothing'] } })
  assert.equal(answer.status, 422)
  assert.deepEqual(answer.body.errors, [
    { path: 'parents[0]', message: 'would make the group its own parent' },
    { path: 'parents[1]', message: 'there is no "nowhere" among groups' },
    { path: 'roles[0]', message: 'there is no "nothing" among roles' },
  ])
  assert.equal((await root('PATCH', '/groups/a', { body: { parents: ['a'] } })).status, 422)
  for (const slug of ['A', 'a_b', '-a', 'a'.repeat(64)])
    assert.equal((await root('PUT', `/groups/${slug}`, { body: {} })).status, 422, slug)
})

forEachHouse(
  'a group that something names is not deleted, and one that is renamed is named by its new slug',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asToken('root')
    await root('PUT', '/groups/staff', { body: {} })
    await root('PUT', '/applications/wiki', { body: { name: 'Wiki', access: { allow: { groups: ['staff'] } } } })
    const kept = await root('DELETE', '/groups/staff')
    assert.equal(kept.status, 409)
    assert.equal(kept.body.code, 'in_use')
    assert.deepEqual(kept.body.errors, [{ path: '', message: 'is used by applications/wiki' }])
    const renamed = await root('POST', '/groups/staff/rename', { body: { slug: 'people' } })
    assert.equal(renamed.body.meta.slug, 'people')
    assert.deepEqual((await root('GET', '/applications/wiki')).body.access, { allow: { groups: ['people'] } })
    assert.equal((await root('GET', '/groups/staff')).status, 404)
    assert.equal((await root('POST', '/groups/people/rename', { body: { slug: 'admins' } })).status, 409)
    assert.deepEqual((await root('GET', '/applications/wiki')).body.access, { allow: { groups: ['people'] } })
    await root('DELETE', '/applications/wiki')
    assert.equal((await root('DELETE', '/groups/people')).status, 204)
  },
)

forEachHouse('a group that a file manages is changed there; its members are not in the file', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const id = await house.group('staff', [])
  await house.store.write((tx) => house.store.groups.update(tx, id, { managedBy: 'groups.yaml' }, house.clock.now()))
  const root = await house.asToken('root')
  for (const [method, path, body] of [
    ['PUT', '/groups/staff', {}],
    ['PATCH', '/groups/staff', { name: 'x' }],
    ['DELETE', '/groups/staff', undefined],
    ['POST', '/groups/staff/rename', { slug: 'x' }],
  ] as const)
    assert.equal((await root(method, path, { body })).body.code, 'managed_by_file', `${method} ${path}`)
  assert.equal((await root('PUT', '/groups/staff/members/ana', { body: {} })).status, 200)
})

forEachHouse('somebody is put into a group until an instant, and taken out, from either side', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  await house.group('staff', [])
  const root = await house.asToken('root')
  const until = new Date(house.clock.now() + DAY).toISOString()
  for (const bad of ['tomorrow', '2030-13-01T00:00:00Z', 7, '2030-02-30T25:00:00Z'])
    assert.equal((await root('PUT', '/users/ana/memberships/staff', { body: { until: bad } })).status, 422, String(bad))
  const put = await root('PUT', '/users/ana/memberships/staff', { body: { until } })
  assert.deepEqual(put.body, { group: 'staff', user: 'ana', until })
  assert.deepEqual((await root('GET', '/groups/staff/members')).body.items, [put.body])
  assert.deepEqual((await root('GET', '/users/ana/memberships')).body.items, [put.body])
  await root('PUT', '/groups/staff/members/ana', { body: { until } })
  assert.equal((await house.events('membership.added')).length, 1, 'the same again is no event')
  await root('PUT', '/groups/staff/members/ana', { body: {} })
  assert.equal((await root('GET', '/users/ana')).body.groups.staff.until, undefined)
  assert.equal((await root('DELETE', '/groups/staff/members/ana')).status, 204)
  assert.equal((await root('DELETE', '/users/ana/memberships/staff')).status, 404)
  for (const path of ['/users/nobody/memberships/staff', '/users/ana/memberships/nowhere'])
    assert.equal((await root('PUT', path, { body: {} })).status, 404, path)
})

forEachHouse('M11 the members of a group come in pages, and are found by name', async (house) => {
  await house.person('root', ['admins'])
  await house.group('staff', [])
  for (const name of ['dora', 'ana', 'carl', 'ben']) await house.person(name, ['staff'])
  const root = await house.asToken('root')
  const first = await root('GET', '/groups/staff/members?limit=3')
  assert.deepEqual(
    first.body.items.map(({ user }: { user: string }) => user),
    ['ana', 'ben', 'carl'],
  )
  const second = await root('GET', `/groups/staff/members?limit=3&cursor=${encodeURIComponent(first.body.next)}`)
  assert.deepEqual(second.body, { items: [{ group: 'staff', user: 'dora', until: null }], next: null })
  assert.deepEqual((await root('GET', '/groups/staff/members?search=car')).body.items.length, 1)
  for (const query of ['limit=0', 'sort=until', 'cursor=x', 'page=2'])
    assert.equal((await root('GET', `/groups/staff/members?${query}`)).status, 400, query)
})
