import assert from 'node:assert/strict'
import { forEachHouse } from '../../../../test/support/api-house.ts'
import { DAY } from '../../../base/clock.ts'
import { verifyPassword } from '../../../domain/credentials/verify-password.ts'

const pathsOf = (changes: unknown): string[] => (changes as { path: string }[]).map(({ path }) => path)

const ANA = {
  name: 'Ana Example',
  kind: 'internal',
  active: true,
  attributes: { team: 'north', deep: { list: [1, 2] } },
  locale: 'de',
  emails: [
    { address: 'ana@example.com', verified: true },
    { address: 'a.example@example.org', verified: false },
  ],
  groups: { contractors: { until: '2030-12-31T00:00:00.000Z' }, staff: {} },
  subjects: { '*': 'ana-of-old' },
}

forEachHouse(
  'a person is made and replaced by the values of the configuration file, and told as they were given',
  async (house) => {
    await house.person('root', ['admins'])
    await house.group('staff', [])
    await house.group('contractors', [])
    const root = await house.asSession('root')
    const made = await root('PUT', '/users/ana', { body: ANA })
    assert.equal(made.status, 201)
    assert.equal(made.headers.location, '/api/v1/users/ana')
    const { meta, ...values } = made.body
    assert.deepEqual(values, ANA)
    assert.equal(meta.username, 'ana')
    const told = await root('GET', '/users/ana')
    assert.deepEqual(told.body, made.body)
    assert.equal((await root('GET', `/users/${meta.id}`)).body.meta.username, 'ana')
    assert.equal((await root('GET', '/users/ANA')).body.meta.id, meta.id, 'a user name is one in any case')
    const events = await house.events()
    assert.deepEqual(
      events
        .filter(({ target }) => target === `users/${meta.id}`)
        .map(({ type }) => type)
        .sort(),
      ['membership.added', 'membership.added', 'user.created'],
    )

    const again = await root('PUT', '/users/ana', { body: told.body })
    assert.equal(again.status, 200)
    assert.deepEqual(again.body, told.body, 'what is told can be sent back, and changes nothing')
    assert.equal((await house.events()).length, events.length)

    house.advance(1)
    const replaced = await root('PUT', '/users/ana', { body: { email: 'ana@example.com', groups: ['staff'] } })
    assert.equal(replaced.status, 200)
    assert.equal(replaced.body.name, 'ana')
    assert.deepEqual(replaced.body.emails, [{ address: 'ana@example.com', verified: true }])
    assert.deepEqual(replaced.body.groups, { staff: {} })
    assert.deepEqual(replaced.body.attributes, {})
    assert.equal(replaced.body.locale, undefined)
    assert.deepEqual(replaced.body.subjects, { '*': 'ana-of-old' }, 'what somebody is called in tokens stays')
    assert.equal(replaced.body.meta.id, meta.id)
    const [updated] = await house.events('user.updated')
    assert.deepEqual(pathsOf(updated?.detail?.changes), [
      'attributes.deep',
      'attributes.team',
      'emails',
      'groups.contractors',
      'locale',
      'name',
    ])
  },
)

forEachHouse('tells every issue of a person at once, each with its path', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const answer = await root('PUT', '/users/ana', {
    body: {
      emails: ['not an address', 'x@evil.example@corp.example', 'A@example.com', 'a@example.com'],
      groups: { staff: { until: '2030-02-30T00:00:00Z' }, nowhere: {} },
      subjects: {},
    },
  })
  assert.equal(answer.status, 422)
  const paths = answer.body.errors.map((one: { path: string }) => one.path)
  for (const path of ['emails[0]', 'emails[1]', 'emails[3]', 'groups.staff', 'groups.nowhere'])
    assert.ok(paths.includes(path), path)
  for (const username of ['%20ana', 'a%0ab', 'a'.repeat(151), '01b8dac5-b400-7f0c-8690-ff9bcee2145b'])
    assert.equal((await root('PUT', `/users/${username}`, { body: {} })).status, 422, username)
  assert.equal((await root('GET', '/users')).body.items.length, 1)
})

forEachHouse('a merge patch changes what it names: null takes away, maps are merged (RFC 7396)', async (house) => {
  await house.person('root', ['admins'])
  await house.group('staff', [])
  await house.group('contractors', [])
  const root = await house.asToken('root')
  await root('PUT', '/users/ana', { body: ANA })
  const patched = await root('PATCH', '/users/ana', {
    body: { locale: null, attributes: { team: null, desk: 7 }, groups: { contractors: null }, meta: { id: 'x' } },
  })
  assert.equal(patched.status, 200)
  const { meta: _, ...values } = patched.body
  const { locale: __, ...rest } = ANA
  assert.deepEqual(values, { ...rest, attributes: { deep: { list: [1, 2] }, desk: 7 }, groups: { staff: {} } })
  const moved = await root('PATCH', '/users/ana', { body: { email: 'new@example.com' } })
  assert.deepEqual(moved.body.emails, [{ address: 'new@example.com', verified: true }])
  for (const body of [
    { name: 7 },
    { nmae: 'x' },
    { groups: { nowhere: {} } },
    { subjects: { '*': null } },
    { emails: 'x' },
    { password: 'x' },
  ])
    assert.equal((await root('PATCH', '/users/ana', { body })).status, 422, JSON.stringify(body))
  assert.equal((await root('PATCH', '/users/ana', { body: [] })).status, 422)
  assert.equal((await root('PATCH', '/users/nobody', { body: {} })).status, 404)
})

forEachHouse(
  'a lost edit is refused: If-Match tells what it was made from, If-None-Match that nothing stood',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asToken('root')
    const none = { 'if-none-match': '*' }
    const first = await root('PUT', '/users/ana', { body: { name: 'A' }, headers: none })
    assert.equal(first.status, 201)
    const tag = first.headers.etag ?? ''
    assert.match(tag, /^"[\w-]+"$/)
    assert.equal((await root('PUT', '/users/ana', { body: { name: 'B' }, headers: none })).status, 412)
    assert.equal((await root('GET', '/users/ana', { headers: { 'if-none-match': tag } })).status, 304)
    const match = { 'if-match': tag }
    assert.equal((await root('PATCH', '/users/ana', { body: { name: 'B' }, headers: match })).status, 200)
    const lost = await root('PATCH', '/users/ana', { body: { name: 'C' }, headers: match })
    assert.equal(lost.status, 412)
    assert.equal(lost.body.code, 'precondition_failed')
    assert.equal((await root('DELETE', '/users/ana', { headers: match })).status, 412)
    assert.equal((await root('PUT', '/users/eve', { body: {}, headers: { 'if-match': '*' } })).status, 412)
    const now = await root('GET', '/users/ana')
    assert.equal(now.body.name, 'B')
    await house.begin('ana')
    assert.equal((await root('GET', '/users/ana')).headers.etag, now.headers.etag, 'signing in is no edit')
    assert.equal((await root('DELETE', '/users/ana', { headers: { 'if-match': now.headers.etag ?? '' } })).status, 204)
  },
)

forEachHouse('a dry run tells what would change and changes nothing', async (house) => {
  await house.person('root', ['admins'])
  await house.group('staff', [])
  const root = await house.asToken('root')
  const created = await root('PUT', '/users/ana?dry_run=true', {
    body: { name: 'Ana', groups: ['staff'], password: { value: 'a fine password' } },
  })
  assert.equal(created.status, 200)
  assert.equal(created.body.outcome, 'created')
  const paths = created.body.changes.map((one: { path: string }) => one.path)
  for (const path of ['name', 'groups', 'password']) assert.ok(paths.includes(path), path)
  assert.ok(!created.text.includes('a fine password'))
  assert.equal((await root('GET', '/users/ana')).status, 404)
  await root('PUT', '/users/ana', { body: { name: 'Ana' } })
  const before = (await house.events()).length
  const patched = await root('PATCH', '/users/ana?dry_run=true', { body: { name: 'Anna', groups: { staff: {} } } })
  assert.deepEqual(patched.body, {
    outcome: 'updated',
    changes: [
      { path: 'groups.staff', after: {} },
      { path: 'name', before: 'Ana', after: 'Anna' },
    ],
  })
  assert.deepEqual((await root('PATCH', '/users/ana?dry_run=true', { body: {} })).body, {
    outcome: 'unchanged',
    changes: [],
  })
  assert.equal((await root('DELETE', '/users/ana?dry_run=true')).body.outcome, 'deleted')
  assert.equal((await root('PUT', '/users/ana?dry_run=true', { body: { password: { value: 'short' } } })).status, 422)
  assert.equal((await root('GET', '/users/ana')).body.name, 'Ana')
  assert.equal((await house.events()).length, before)
})

forEachHouse('what a configuration file manages is changed there, and the answer says which file', async (house) => {
  await house.person('root', ['admins'])
  await house.group('staff', [])
  await house.person('ana', ['staff'], { managedBy: 'people.yaml' })
  const root = await house.asToken('root')
  const [email] = (await root('GET', '/users/ana/emails')).body.items
  for (const [method, path, body] of [
    ['PUT', '/users/ana', {}],
    ['PATCH', '/users/ana', { name: 'x' }],
    ['DELETE', '/users/ana', undefined],
    ['POST', '/users/ana/rename', { username: 'anna' }],
    ['POST', '/users/ana/emails', { address: 'x@example.com' }],
    ['DELETE', `/users/ana/emails/${email.id}`, undefined],
    ['PUT', '/users/ana/memberships/staff', {}],
    ['DELETE', '/groups/staff/members/ana', undefined],
  ] as const) {
    const answer = await root(method, path, { body })
    assert.equal(answer.status, 409, `${method} ${path}`)
    assert.equal(answer.body.code, 'managed_by_file')
    assert.match(answer.body.detail, /people\.yaml/)
  }
  assert.equal(
    (await root('POST', '/users/ana/disable')).status,
    200,
    'a leaver is switched off wherever they are written',
  )
})

forEachHouse(
  'F13 G15 a password that is set ends sessions, grants and tokens, and is never given back',
  async (house) => {
    await house.person('root', ['admins'])
    await house.person('ana')
    const root = await house.asSession('root')
    const ana = await house.asSession('ana')
    const token = await house.asToken('ana')
    const weak = await root('POST', '/users/ana/reset_password', { body: { password: { value: 'short' } } })
    assert.equal(weak.status, 422)
    assert.deepEqual(weak.body.errors, [{ path: 'password.value', message: 'must have 10 characters at least' }])
    for (const value of ['ana@example.com', 'aaaaaaaaaaaa', 'x'.repeat(4097), ''])
      assert.equal(
        (await root('POST', '/users/ana/reset_password', { body: { password: { value } } })).status,
        422,
        value.slice(0, 20),
      )
    await root('PATCH', '/settings/instance', { body: { password: { forbidden_words: ['Gatehouse'] } } })
    const forbidden = await root('POST', '/users/ana/reset_password', {
      body: { password: { value: 'gâtéHOUSE is a fine word' } },
    })
    assert.equal(forbidden.status, 422)
    assert.deepEqual(forbidden.body.errors, [
      { path: 'password.value', message: 'must not hold a word that the settings forbid' },
    ])
    assert.equal((await ana('GET', '/me')).status, 200)
    const answer = await root('POST', '/users/ana/reset_password', {
      body: { password: { value: 'quite a new password' } },
    })
    assert.equal(answer.status, 200)
    assert.equal((await ana('GET', '/me')).status, 401)
    assert.equal((await token('GET', '/me')).status, 401)
    const { id } = await house.find('ana')
    const [kept] = await house.store.credentials.of(house.store.read, id, 'password')
    assert.equal(await verifyPassword(String(kept?.data.hash), 'quite a new password'), true)
    const [event] = await house.events('user.password_set')
    assert.deepEqual(event?.detail, { ended: { sessions: 1, grants: 0, tokens: 1 }, mustChange: true })
    const all = `${answer.text}${(await root('GET', '/users/ana')).text}${JSON.stringify(await house.events())}`
    assert.ok(!all.includes('quite a new password') && !all.includes('argon2'))
  },
)

forEachHouse('F13 whoever sets their own password stays signed in at that browser, and at no other', async (house) => {
  await house.person('root', ['admins'])
  const here = await house.asSession('root')
  const there = await house.asSession('root')
  const body = { password: { value: 'quite a new password' } }
  assert.equal((await here('POST', '/users/root/reset_password', { body })).status, 200)
  assert.equal((await here('GET', '/me')).status, 200)
  assert.equal((await there('GET', '/me')).status, 401)
})

forEachHouse('a hash of another house is taken, and one in no known form is not', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='
  assert.equal((await root('PUT', '/users/ana', { body: { password: { hash } } })).status, 201)
  const [kept] = await house.store.credentials.of(house.store.read, (await house.find('ana')).id, 'password')
  assert.equal(kept?.data.hash, hash)
  for (const password of [
    { hash: 'plain' },
    { hash: '!' },
    { env: 'PATH' },
    { file: '/etc/passwd' },
    { value: 'a', hash },
  ])
    assert.equal((await root('PUT', '/users/ana', { body: { password } })).status, 422, JSON.stringify(password))
})

forEachHouse('whoever is switched off is out at every door, and comes back with nothing', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asSession('root')
  const ana = await house.asToken('ana')
  await house.begin('ana')
  assert.equal((await root('POST', '/users/ana/disable?why=left')).body.active, false)
  assert.equal((await ana('GET', '/me')).status, 401)
  assert.deepEqual((await root('GET', '/users/ana/sessions')).body.items, [])
  const [event] = await house.events('user.disabled')
  assert.equal(event?.detail?.why, 'left')
  assert.equal((await root('POST', '/users/ana/disable')).status, 200)
  assert.equal((await house.events('user.disabled')).length, 1, 'once is an event, twice is nothing')
  assert.equal(
    (await root('PUT', '/users/ana', { body: { name: 'Ana' } })).body.active,
    false,
    'a replacement brings nobody back',
  )
  assert.equal((await root('POST', '/users/ana/enable')).body.active, true)
  assert.equal((await ana('GET', '/me')).status, 401)
  const { id } = await house.token('ana')
  await house.begin('ana')
  assert.equal((await root('PATCH', '/users/ana', { body: { active: false } })).body.active, false)
  assert.deepEqual((await root('GET', '/users/ana/sessions')).body.items, [])
  assert.equal((await root('GET', `/tokens/${id}`)).status, 404, 'an edit that switches off ends as much')
  assert.equal((await house.events('user.disabled')).length, 2)
})

forEachHouse('a person is renamed and stays who they are', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  await house.person('bea')
  const root = await house.asToken('root')
  const ana = await house.asSession('ana')
  const rename = (username: string) => root('POST', '/users/ana/rename', { body: { username } })
  const taken = await rename('BEA')
  assert.equal(taken.status, 409)
  assert.deepEqual(taken.body.errors, [{ path: 'username', message: 'The user name is taken.' }])
  for (const name of ['', ' anna', 'a\nb', '01b8dac5-b400-7f0c-8690-ff9bcee2145b'])
    assert.equal((await rename(name)).status, 422, name)
  const { id } = await house.find('ana')
  assert.equal((await rename('anna')).body.meta.id, id)
  assert.equal((await ana('GET', '/me')).body.username, 'anna')
  assert.equal((await root('GET', '/users/ana')).status, 404)
})

forEachHouse(
  'G11 a recovery link to hand over proves who somebody is once, within its time, and nobody who was switched off',
  async (house) => {
    await house.person('root', ['admins'])
    await house.person('ana')
    const root = await house.asToken('root')
    const { store, clock, mails } = house
    const make = async (body = {}) => {
      const made = await root('POST', '/users/ana/recovery_link', { body })
      assert.equal(made.status, 200)
      const link = new RegExp(`^${house.origin()}/if/flow/link/([\\w-]{43})/$`).exec(made.body.link)?.[1] ?? ''
      return { made, link }
    }
    const older = await make()
    const { made, link } = await make({ valid_for: '90d' })
    assert.equal(Date.parse(made.body.expires_at), clock.now() + DAY, 'a day is the most')
    assert.equal(await mails.links.byLink(older.link), null, 'G03 the newest alone counts')
    const live = await mails.links.byLink(link)
    assert.equal(live?.person?.user.username, 'ana')
    assert.equal(live?.place.flow, 'recover')
    const spend = () => store.write((tx) => mails.links.spend(tx, live?.linkHash ?? '', clock.now()))
    assert.deepEqual([await spend(), await spend()], [true, false])
    assert.equal(await mails.links.byLink(link), null)
    const [event] = await house.events('instance.recovery_link_made')
    assert.equal(event?.actor.kind, 'token')
    assert.ok(!JSON.stringify(event).includes(older.link))
    const late = await make()
    house.advance(60 * 60 * 1000)
    assert.equal(await mails.links.byLink(late.link), null, 'an hour unless said otherwise')
    const overtaken = await make()
    await root('POST', '/users/ana/disable')
    assert.equal(await mails.links.byLink(overtaken.link), null)
    assert.equal((await root('POST', '/users/ana/recovery_link')).status, 409)
  },
)

forEachHouse('addresses are added, verified, preferred and taken away one at a time', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  await house.person('bea')
  const root = await house.asToken('root')
  const add = (body: object) => root('POST', '/users/ana/emails', { body })
  for (const address of ['x', 'a b@example.com', 'x@evil.example@corp.example'])
    assert.equal((await add({ address })).status, 422, address)
  assert.equal((await add({ address: 'ANA@example.com' })).status, 409)
  assert.equal((await add({ address: 'bea@example.com', verified: true })).status, 409, 'another is known by it')
  const added = await add({ address: 'second@example.com' })
  assert.equal(added.status, 201)
  assert.equal(added.body.verified_at, null)
  assert.equal(added.body.primary, false)
  const at = `/users/ana/emails/${added.body.id}`
  assert.equal((await root('POST', `${at}/verify`)).body.verified_by, 'administrator')
  assert.equal((await root('POST', `${at}/make_primary`)).body.primary, true)
  const all = (await root('GET', '/users/ana/emails')).body.items
  assert.deepEqual(all.map((one: { primary: boolean }) => one.primary).sort(), [false, true])
  for (const path of [`/users/bea/emails/${added.body.id}`, '/users/ana/emails/nothing'])
    assert.equal((await root('DELETE', path)).status, 404, path)
  assert.equal((await root('DELETE', at)).status, 204)
  assert.deepEqual((await house.events('user.updated')).map(({ detail }) => detail?.did).sort(), [
    'added',
    'made primary',
    'taken away',
    'verified',
  ])
})
