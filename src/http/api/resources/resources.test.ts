import assert from 'node:assert/strict'
import { type ApiHouse, forEachHouse } from '../../../../test/support/api-house.ts'
import { reveal } from '../../../base/secret.ts'

const SECRET = 'canary-of-a-client-secret'
const WIKI = {
  name: 'Wiki',
  launch_url: 'https://wiki.example.com',
  providers: {
    oidc: { client_id: 'wiki', client_secret: { value: SECRET }, redirect_uris: ['https://wiki.example.com/cb'] },
  },
}

const administrator = async (house: ApiHouse) => {
  await house.person('root', ['admins'])
  return house.asSession('root')
}

forEachHouse(
  'a resource is made and replaced by the values of the configuration file, and told with its defaults',
  async (house) => {
    const root = await administrator(house)
    const made = await root('PUT', '/applications/wiki?why=first', { body: WIKI })
    assert.equal(made.status, 201)
    assert.equal(made.headers.location, '/api/v1/applications/wiki')
    assert.equal(made.headers.etag, '"1"')
    assert.equal(made.body.meta.revision, 1)
    const told = await root('GET', '/applications/wiki')
    assert.deepEqual(told.body, made.body)
    const same = await root('PUT', '/applications/wiki', { body: told.body })
    assert.equal(same.status, 200)
    assert.equal(same.headers.etag, '"1"', 'what is told can be sent back, and makes no revision')
    assert.equal((await root('GET', '/applications?search=WIKI')).body.items.length, 1)
    const [event] = await house.events('resource.created').then((all) => all.slice(-1))
    assert.equal(event?.target, 'applications/wiki')
    assert.deepEqual(event?.actor, { kind: 'user', id: (await house.find('root')).id, name: 'root' })
    assert.equal(event?.detail?.why, 'first')
    assert.equal(event?.client?.ip, '127.0.0.1')
  },
)

forEachHouse(
  'A65 I15 a secret that was set is readable through no route, and neither are variables of the server',
  async (house) => {
    const root = await administrator(house)
    await house.person('ana')
    await root('PUT', '/applications/wiki', { body: WIKI })
    await root('POST', '/users/ana/reset_password', { body: { password: { value: 'canary of a password' } } })
    const { key } = (await root('POST', '/me/tokens', { body: { kind: 'api', name: 'x' } })).body
    const { cookie } = await house.begin('ana')
    const told = (await root('GET', '/applications/wiki')).body.providers.oidc.client_secret
    assert.deepEqual(Object.keys(told).sort(), ['secret', 'version'])
    const sealed = await house.store.secrets.all(house.store.read)
    const [hash] = await house.store.credentials.of(house.store.read, (await house.find('ana')).id, 'password')
    const canaries = [
      SECRET,
      'canary of a password',
      key,
      house.ring.hash('token', key),
      cookie,
      house.ring.hash('session', cookie),
      String(hash?.data.hash),
      ...sealed.map((one) => one.sealed),
      String(process.env.PATH),
    ]
    const ana = await house.asSession('ana')
    const names: Record<string, string> = { ':user': 'ana', ':slug': 'wiki', ':group': 'admins', ':revision': '1' }
    for (const { method, path } of house.routes) {
      if (method !== 'GET') continue
      const address = path.replace(/:\w+/g, (name) => names[name] ?? 'x')
      const answered = (await root('GET', address)).text + (await ana('GET', address)).text
      for (const canary of canaries) assert.ok(!answered.includes(canary), `${path} tells ${canary.slice(0, 12)}`)
    }
    for (const canary of canaries)
      assert.ok(!JSON.stringify(await house.events()).includes(canary), `an event tells ${canary.slice(0, 12)}`)
  },
)

forEachHouse(
  'I12 no secret comes from the server’s own variables or files, or from another application',
  async (house) => {
    const root = await administrator(house)
    await root('PUT', '/applications/wiki', { body: WIKI })
    const { secret } = (await root('GET', '/applications/wiki')).body.providers.oidc.client_secret
    for (const client_secret of [
      { env: 'PATH' },
      { env: 'GATEHOUSE_SECRET_KEY' },
      { file: '/etc/passwd' },
      { file: '../../../etc/passwd' },
      { sealed: 'x:y' },
      { secret, version: 1 },
      { secret: true, version: 1 },
      { value: '' },
      { value: 'x', env: 'PATH' },
      'plain',
    ]) {
      const providers = { oidc: { client_id: 'other', client_secret, redirect_uris: ['https://other.example.com/cb'] } }
      const answer = await root('PUT', '/applications/other', { body: { name: 'Other', providers } })
      assert.equal(answer.status, 422, JSON.stringify(client_secret))
    }
    assert.equal((await root('GET', '/applications/other')).status, 404)
  },
)

forEachHouse('a secret is kept by sending back what was told, and replaced by a new value', async (house) => {
  const root = await administrator(house)
  await root('PUT', '/applications/wiki', { body: WIKI })
  const path = { providers: { oidc: { client_secret: { value: 'another secret' } } } }
  const patched = await root('PATCH', '/applications/wiki', { body: path })
  assert.equal(patched.body.providers.oidc.client_secret.version, 2)
  assert.equal(
    (await root('PATCH', '/applications/wiki', { body: path })).body.meta.revision,
    2,
    'the same value is no change',
  )
  const kept = await root('PUT', '/applications/wiki', { body: { ...patched.body, name: 'Wiki 2' } })
  assert.equal(kept.body.providers.oidc.client_secret.version, 2)
  const [row] = await house.store.secrets.all(house.store.read)
  const place = { table: 'secrets', row: row?.id ?? '', column: 'sealed' }
  assert.equal(row && reveal(house.ring.unseal(row.sealed, place), 'test'), 'another secret')
})

forEachHouse('tells every issue of a spec, each with its path and the nearest right name', async (house) => {
  const root = await administrator(house)
  const answer = await root('PUT', '/applications/wiki', {
    body: {
      nmae: 'Wiki',
      launch_url: 'javascript:alert(1)',
      providers: { oidc: { clientid: 'x', redirect_uris: 'x' }, saml: {} },
      access: { allow: { groups: ['nowhere'] } },
    },
  })
  assert.equal(answer.status, 422)
  const errors = new Map(answer.body.errors.map((one: { path: string; message: string }) => [one.path, one.message]))
  assert.match(String(errors.get('nmae')), /did you mean "name"/)
  assert.match(String(errors.get('providers.oidc.clientid')), /did you mean "client_id"/)
  assert.ok(errors.has('providers.oidc.redirect_uris'))
  assert.match(String(errors.get('providers.saml')), /there is no kind "saml"/)
  const unsafe = await root('PUT', '/applications/wiki', { body: { name: 'Wiki', launch_url: 'javascript:alert(1)' } })
  assert.equal(unsafe.status, 422, 'L03')
  const missing = await root('PUT', '/applications/wiki', {
    body: { name: 'Wiki', access: { allow: { groups: ['nowhere'] } } },
  })
  assert.deepEqual(missing.body.errors, [
    { path: 'access.allow.groups[0]', message: 'there is no "nowhere" among groups' },
  ])
  const broken = await root('PUT', '/applications/wiki', {
    body: { name: 'Wiki', access: { allow: { when: 'user.nmae ==' } } },
  })
  assert.equal(broken.status, 422)
  assert.equal(broken.body.errors[0].path, 'access.allow.when')
})

forEachHouse('a lost edit is refused by the revision it was made from', async (house) => {
  const root = await administrator(house)
  const none = { 'if-none-match': '*' }
  assert.equal((await root('PUT', '/applications/wiki', { body: WIKI, headers: none })).status, 201)
  assert.equal((await root('PUT', '/applications/wiki', { body: WIKI, headers: none })).status, 412)
  const match = { 'if-match': '"1"' }
  assert.equal((await root('PATCH', '/applications/wiki', { body: { name: 'B' }, headers: match })).headers.etag, '"2"')
  for (const [method, path, body] of [
    ['PUT', '/applications/wiki', WIKI],
    ['PATCH', '/applications/wiki', { name: 'C' }],
    ['DELETE', '/applications/wiki', undefined],
    ['POST', '/applications/wiki/undo', { revision: 1 }],
  ] as const) {
    const answer = await root(method, path, { body, headers: match })
    assert.equal(answer.status, 412, `${method} ${path}`)
    assert.equal(answer.body.code, 'precondition_failed')
  }
  assert.equal((await root('GET', '/applications/wiki', { headers: { 'if-none-match': '"2"' } })).status, 304)
  const both = await Promise.all(
    ['D', 'E'].map((name) => root('PATCH', '/applications/wiki', { body: { name }, headers: { 'if-match': '"2"' } })),
  )
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 412], 'of two at once one is told')
})

forEachHouse('a dry run of a resource tells what would change, and its secrets by version', async (house) => {
  const root = await administrator(house)
  const made = await root('PUT', '/applications/wiki?dry_run=true', { body: WIKI })
  assert.equal(made.status, 200)
  assert.equal(made.body.outcome, 'created')
  assert.ok(!made.text.includes(SECRET))
  assert.equal((await root('GET', '/applications/wiki')).status, 404)
  await root('PUT', '/applications/wiki', { body: WIKI })
  const changed = await root('PATCH', '/applications/wiki?dry_run=true', {
    body: { name: 'B', providers: { oidc: { client_secret: { value: 'x' } } } },
  })
  assert.deepEqual(changed.body.changes, [
    { path: 'name', before: 'Wiki', after: 'B' },
    { path: 'providers.oidc.client_secret', before: '[secret, version 1]', after: '[secret, version 2]' },
  ])
  assert.equal((await root('DELETE', '/applications/wiki?dry_run=true')).body.outcome, 'deleted')
  assert.equal((await root('PUT', '/applications/wiki?dry_run=true', { body: { name: 7 } })).status, 422)
  assert.equal((await root('GET', '/applications/wiki')).body.meta.revision, 1)
})

forEachHouse('history tells who changed what and why, and undo goes back with today’s secret', async (house) => {
  const root = await administrator(house)
  await root('PUT', '/applications/wiki?why=new', { body: WIKI })
  await root('PATCH', '/applications/wiki', {
    body: { name: 'B', providers: { oidc: { client_secret: { value: 'another secret' } } } },
  })
  const history = (await root('GET', '/applications/wiki/history')).body.items
  assert.deepEqual(
    history.map(({ revision, why }: { revision: number; why: string | null }) => [revision, why]),
    [
      [2, null],
      [1, 'new'],
    ],
  )
  assert.equal(history[0].actor.name, 'root')
  const second = (await root('GET', '/applications/wiki/history/2')).body
  assert.deepEqual(second.changes[0], { path: 'name', before: 'Wiki', after: 'B' })
  for (const revision of ['0', '3', '-1', 'x', '1e1', '99999999999'])
    assert.equal((await root('GET', `/applications/wiki/history/${revision}`)).status, 404, revision)
  assert.equal((await root('GET', '/applications/nothing/history')).status, 404)
  assert.equal((await root('POST', '/applications/wiki/undo', { body: { revision: 9 } })).status, 404)
  const undone = await root('POST', '/applications/wiki/undo', { body: { revision: 1 } })
  assert.equal(undone.status, 200)
  assert.equal(undone.body.name, 'Wiki')
  assert.equal(undone.body.meta.revision, 3)
  assert.equal(undone.body.providers.oidc.client_secret.version, 2)
  assert.equal((await root('DELETE', '/applications/wiki')).status, 204)
  assert.equal((await root('GET', '/applications/wiki/history')).body.items[0].deleted, true)
})

forEachHouse(
  'what something names is not deleted, what always stands neither, and a reserved slug is refused',
  async (house) => {
    const root = await administrator(house)
    await root('PUT', '/applications/wiki', { body: WIKI })
    const used = (await root('GET', '/keypairs/default-rs256/used_by')).body.items
    assert.deepEqual(used, [{ type: 'applications', slug: 'wiki' }])
    assert.equal((await root('DELETE', '/keypairs/default-rs256')).body.code, 'in_use')
    assert.equal((await root('DELETE', '/roles/administrator')).body.code, 'in_use')
    assert.deepEqual((await root('GET', '/roles/administrator/used_by')).body.items, [
      { type: 'groups', slug: 'admins' },
    ])
    assert.equal((await root('DELETE', '/settings/instance')).body.code, 'reserved')
    assert.equal((await root('PUT', '/settings/other', { body: {} })).body.code, 'reserved')
    assert.equal((await root('PUT', '/applications/token', { body: { name: 'x' } })).body.code, 'reserved')
    const taken = await root('PUT', '/applications/other', { body: { ...WIKI, name: 'Other' } })
    assert.equal(taken.status, 409)
    assert.equal(taken.body.code, 'conflict')
  },
)

forEachHouse(
  'a role that is cut down so far that nobody administers is refused (I19), and every type has its routes',
  async (house) => {
    const root = await administrator(house)
    await root('PUT', '/policies/office', { body: { kind: 'network', settings: { allowed: ['10.0.0.0/8'] } } })
    for (const type of ['settings', 'roles', 'keypairs', 'brands', 'policies', 'flows', 'applications']) {
      const { items } = (await root('GET', `/${type}`)).body
      for (const { meta } of items) {
        const one = await root('GET', `/${type}/${meta.slug}`)
        assert.equal(one.status, 200, meta.slug)
        const back = await root('PUT', `/${type}/${meta.slug}`, {
          body: one.body,
          headers: { 'if-match': one.headers.etag ?? '' },
        })
        assert.equal(back.status, 200, `${type}/${meta.slug} can be sent back`)
        assert.equal(back.body.meta.revision, meta.revision)
      }
    }
    const cut = await root('PATCH', '/roles/administrator', { body: { permissions: ['users.read'] } })
    assert.equal(cut.body.code, 'locked_out')
    assert.deepEqual((await root('GET', '/roles/administrator')).body.permissions, ['*'])
  },
)
