import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'

const OFFICE = { name: 'Office', kind: 'network', settings: { allowed: ['192.0.2.0/24'] } }

forEachHouse('refuses a policy of no kind, and tells where its settings are wrong', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  for (const [body, path] of [
    [{ settings: {} }, 'kind'],
    [{ kind: 'netwrok' }, 'kind'],
    [{ kind: 'network', settings: { allowed: ['10.0.0.1/8'] } }, 'settings.allowed[0]'],
    [{ kind: 'network', settings: { alowed: [] } }, 'settings.alowed'],
    [{ kind: 'network', version: 9 }, 'version'],
    [{ kind: 'expression', settings: { expression: 'user.nam == 1' } }, 'settings.expression'],
    [{ kind: 'time-window', settings: { time_zone: 'Nowhere' } }, 'settings.time_zone'],
  ] as const) {
    const { status, body: told } = await root('PUT', '/policies/office', { body })
    assert.equal(status, 422, JSON.stringify(body))
    assert.equal(told.errors[0].path, path, JSON.stringify(told))
  }
})

forEachHouse('a policy that an application names is not deleted, and is told as used by it', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const wiki = (policies: unknown) =>
    root('PUT', '/applications/wiki', { body: { name: 'Wiki', access: { policies } } })
  assert.equal((await wiki(['office'])).body.errors[0].path, 'access.policies[0]')
  assert.equal((await root('PUT', '/policies/office', { body: OFFICE })).status, 201)
  for (const named of [['office'], [{ policy: 'office', enabled: false }]]) {
    assert.ok((await wiki(named)).status < 300)
    assert.equal((await root('DELETE', '/policies/office')).body.code, 'in_use')
  }
  const { items } = (await root('GET', '/policies/office/used_by')).body
  assert.deepEqual(items, [{ type: 'applications', slug: 'wiki' }])
})

forEachHouse('an application follows its policies from the next decision on', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  await root('PUT', '/policies/office', { body: OFFICE })
  await root('PUT', '/applications/wiki', { body: { name: 'Wiki', access: { policies: ['office'] } } })
  const why = async (ip: string) => (await root('POST', '/applications/wiki/why', { body: { user: 'ana', ip } })).body
  assert.equal((await why('198.51.100.7')).outcome, 'deny')
  assert.equal((await why('192.0.2.7')).outcome, 'allow')
  const wider = { ...OFFICE, settings: { allowed: ['198.51.100.0/24'] } }
  await root('PUT', '/policies/office', { body: wider })
  assert.equal((await why('198.51.100.7')).outcome, 'allow')
  const denied = await why('192.0.2.7')
  assert.match(denied.explanation.at(-1), /^What would let them in: .*192\.0\.2\.7/)
})

forEachHouse('H09 a draft of a policy is judged for whoever may write policies, and for nobody else', async (house) => {
  await house.person('root', ['admins'])
  await house.group('auditors', ['auditor'])
  await house.person('aud', ['auditors'])
  await house.person('ana')
  const [root, auditor] = [await house.asToken('root'), await house.asToken('aud')]
  const draft = { kind: 'expression', settings: { expression: "user.username == 'ana'" } }
  const refused = await auditor('POST', '/policies/any/test', { body: { user: 'ana', draft } })
  assert.equal(refused.body.code, 'permission_missing')
  const reader = await house.asToken('root', ['policies.read'])
  assert.equal((await reader('POST', '/policies/any/test', { body: { draft } })).status, 403)
  assert.equal((await root('POST', '/policies/any/test', { body: { user: 'ana', draft } })).body.holds, true)
  assert.equal((await root('POST', '/policies/any/test', { body: { user: 'root', draft } })).body.holds, false)
  const broken = { ...draft, settings: { expression: "user.attributes.level == 'x'" } }
  const failed = (await root('POST', '/policies/any/test', { body: { user: 'ana', draft: broken } })).body
  assert.deepEqual([failed.holds, failed.failed], [false, true])
  const invalid = await root('POST', '/policies/any/test', {
    body: { draft: { kind: 'expression', settings: { expression: '1 +' } } },
  })
  assert.equal(invalid.body.errors[0].path, 'draft.settings.expression')
})

forEachHouse('a policy is judged about facts that are given, and nothing is done', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asToken('root')
  await root('PUT', '/policies/office', { body: OFFICE })
  await root('PUT', '/policies/known', { body: { kind: 'known-device' } })
  await root('PUT', '/policies/calm', { body: { kind: 'reputation' } })
  await root('PUT', '/policies/hours', {
    body: { kind: 'time-window', settings: { windows: [{ from: '08:00', to: '18:00' }] } },
  })
  const before = (await house.events()).length
  const ask = async (slug: string, body: object) => (await root('POST', `/policies/${slug}/test`, { body })).body
  assert.equal((await ask('office', { ip: '192.0.2.7' })).holds, true)
  assert.equal((await ask('office', { ip: '192.0.3.7' })).holds, false)
  const hours = await ask('hours', { at: '2026-01-05T07:59:00Z' })
  assert.deepEqual([hours.holds, hours.valid_until], [false, '2026-01-05T08:00:00.000Z'])
  assert.equal((await ask('known', { device_since: '2020-01-01T00:00:00Z' })).holds, true)
  assert.equal((await ask('known', {})).holds, false)
  assert.equal((await ask('calm', { failures: { pair: 10 } })).holds, false)
  assert.equal((await ask('calm', {})).holds, true)
  for (const wrong of [
    { user: 'nobody' },
    { ip: 'here' },
    { at: 'soon' },
    { application: 'none' },
    { expression: '1' },
  ])
    assert.equal((await root('POST', '/policies/office/test', { body: wrong })).status, 422, JSON.stringify(wrong))
  assert.equal((await root('POST', '/policies/nothing/test', { body: {} })).status, 404)
  assert.equal((await house.events()).length, before)
})
