/** Sessions, tokens, grants, consents, events, jobs and decisions through the API. */
import assert from 'node:assert/strict'
import { type ApiHouse, forEachHouse } from '../../../test/support/api-house.ts'
import { DAY, HOUR } from '../../base/clock.ts'
import { type GrantId, type JobId, newId } from '../../base/ids.ts'
import { systemRandom } from '../../base/random.ts'

forEachHouse('sessions are told without their cookie, and ended one by one or all at once', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asSession('root')
  const ana = await house.asSession('ana')
  const phone = await house.begin('ana')
  const { items } = (await ana('GET', '/me/sessions')).body
  assert.equal(items.length, 2)
  assert.deepEqual(items[0].methods, ['pwd', 'otp', 'mfa'])
  assert.deepEqual((await root('GET', `/sessions/${phone.session.id}`)).body.id, phone.session.id)
  assert.equal((await ana('DELETE', `/me/sessions/${phone.session.id}`)).status, 204)
  assert.equal((await root('GET', `/sessions/${phone.session.id}`)).status, 404)
  await house.begin('ana')
  assert.deepEqual((await ana('POST', '/me/end_sessions')).body, { ended: 1 })
  assert.equal((await ana('GET', '/me')).status, 200, 'the one that asks stays')
  const [mine] = (await root('GET', '/users/ana/sessions')).body.items
  assert.equal((await root('DELETE', `/users/ana/sessions/${mine.id}?why=lost`)).status, 204)
  assert.equal((await ana('GET', '/me')).status, 401)
  const second = await house.begin('ana')
  assert.equal((await root('DELETE', `/sessions/${second.session.id}`)).status, 204)
  await house.begin('ana')
  assert.deepEqual((await root('POST', '/users/ana/end_sessions')).body, { ended: 1 })
  const events = await house.events('session.ended')
  assert.equal(events.length, 3)
  assert.ok(events.some(({ detail }) => detail?.why === 'lost'))
  const old = await house.begin('ana')
  house.advance(13 * HOUR)
  assert.equal(
    (await (await house.asSession('root'))('GET', `/sessions/${old.session.id}`)).status,
    404,
    'over by time is as gone',
  )
})

forEachHouse('the key of a token is shown once, and ends with its time or its owner', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asSession('root')
  const ana = await house.asSession('ana')
  const until = (milliseconds: number) => new Date(house.clock.now() + milliseconds).toISOString()
  for (const body of [
    { kind: 'api' },
    { kind: 'key', name: 'x' },
    { kind: 'api', name: 'x', expires_at: until(0) },
    { kind: 'api', name: 'x', expires_at: '2030-02-31' },
    { kind: 'api', name: 'x', permissions: ['everything'] },
    { kind: 'api', name: 'a\nb' },
    { kind: 'app_password', name: 'x', permissions: [] },
    { kind: 'api', name: 'x', key: 'mine' },
  ])
    assert.equal((await ana('POST', '/me/tokens', { body })).status, 422, JSON.stringify(body))
  const made = await ana('POST', '/me/tokens', { body: { kind: 'api', name: 'script', expires_at: until(DAY) } })
  assert.equal(made.status, 201)
  const { key, id, ...view } = made.body
  assert.match(key, /^gatehouse_api_[\w-]{43}$/)
  const byKey = house.withKey(key)
  assert.equal((await byKey('GET', '/me')).body.csrf, null)
  assert.equal((await byKey('GET', '/me')).body.username, 'ana')
  const listed = (await root('GET', '/tokens')).body.items.find((one: { id: string }) => one.id === id)
  assert.equal(listed.name, view.name)
  assert.ok(!JSON.stringify(listed).includes(key))
  assert.equal((await root('GET', `/tokens/${id}`)).body.user_id, (await house.find('ana')).id)
  const mail = await ana('POST', '/me/tokens', { body: { kind: 'app_password', name: 'mail' } })
  assert.match(mail.body.key, /^gatehouse_app_/)
  assert.equal((await house.withKey(mail.body.key)('GET', '/me')).status, 401)
  assert.equal((await ana('GET', '/me/tokens')).body.items.length, 2)
  assert.equal((await ana('DELETE', `/me/tokens/${mail.body.id}`)).status, 204)
  house.advance(DAY)
  assert.equal((await byKey('GET', '/me')).status, 401)
  const admin = await house.asSession('root')
  assert.equal((await admin('DELETE', `/tokens/${id}`)).status, 204)
  assert.equal((await admin('DELETE', `/tokens/${id}`)).status, 404)
  assert.deepEqual((await house.events('token.revoked')).length, 2)
  await admin('POST', '/users/ana/disable')
  assert.equal(
    (await admin('POST', '/users/ana/tokens', { body: { kind: 'api', name: 'x', permissions: [] } })).status,
    409,
  )
})

forEachHouse('I19 the token that alone opens the house is not revoked', async (house) => {
  await house.person('root', ['admins'], { password: false })
  const { id, key } = await house.token('root')
  const root = house.withKey(key)
  assert.equal((await root('DELETE', `/tokens/${id}`)).body.code, 'locked_out')
  assert.equal((await root('POST', '/users/root/tokens', { body: { kind: 'api', name: 'x' } })).status, 201)
  assert.equal((await root('DELETE', `/tokens/${id}`)).status, 204)
})

const give = async ({ store, find, clock }: ApiHouse): Promise<GrantId> => {
  const { id: userId } = await find('ana')
  const id = newId<GrantId>(clock.now(), systemRandom)
  const consent = {
    userId,
    clientId: 'wiki',
    application: 'wiki',
    scopes: ['openid'],
    grantedAt: clock.now(),
    expiresAt: null,
  }
  await store.write(async (tx) => {
    await store.grants.insert(tx, {
      id,
      application: 'wiki',
      provider: 'oidc',
      clientId: 'wiki',
      userId,
      sessionId: null,
      scopes: ['openid'],
      createdAt: clock.now(),
      expiresAt: clock.now() + DAY,
      endedAt: null,
      data: { nonce: 'canary' },
    })
    await store.consents.put(tx, consent)
  })
  return id
}

forEachHouse('A42 a consent that is taken back ends what was given by it', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asSession('root')
  const ana = await house.asSession('ana')
  const first = await give(house)
  const listed = await root('GET', '/users/ana/grants')
  assert.equal(listed.body.items[0].client_id, 'wiki')
  assert.ok(!listed.text.includes('canary'))
  assert.equal((await root('DELETE', `/users/ana/grants/${first}`)).status, 204)
  assert.ok((await house.store.grants.byId(house.store.read, first))?.endedAt)
  assert.equal((await root('DELETE', `/users/root/grants/${first}`)).status, 404)
  const second = await give(house)
  assert.equal((await ana('GET', '/me/consents')).body.items.length, 1)
  assert.equal((await ana('DELETE', '/me/consents/other')).status, 404)
  assert.equal((await ana('DELETE', '/me/consents/wiki')).status, 204)
  assert.ok((await house.store.grants.byId(house.store.read, second))?.endedAt)
  await give(house)
  assert.equal((await root('DELETE', '/users/ana/consents/wiki')).status, 204)
  assert.deepEqual((await root('GET', '/users/ana/consents')).body.items, [])
  assert.equal((await house.events('consent.revoked')).length, 2)
  assert.equal((await house.events('oauth.grant_ended')).length, 1)
})

forEachHouse('events are found by type, actor, target, text and time, the newest first', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asToken('root')
  const start = house.clock.now()
  await root('PUT', '/users/ana', { body: {} })
  house.advance(1000)
  await root('PATCH', '/users/ana', { body: { name: 'Ana' } })
  house.advance(1000)
  await root('PATCH', '/users/ana', { body: { name: 'Anna' } })
  const { id } = await house.find('ana')
  const types = async (query: string) => {
    const { items } = (await root('GET', `/events?${query}`)).body
    return items.map((one: { type: string }) => one.type)
  }
  assert.deepEqual(await types(`target=users/${id}`), ['user.updated', 'user.updated', 'user.created'])
  assert.deepEqual(await types('type=user.created&type=user.deleted'), ['user.created'])
  assert.deepEqual(await types(`actor=root&limit=1`), ['user.updated'])
  assert.deepEqual(await types('actor=nobody'), [])
  const at = (milliseconds: number) => encodeURIComponent(new Date(start + milliseconds).toISOString())
  assert.deepEqual(await types(`target=users/${id}&after=${at(1000)}&before=${at(2000)}`), ['user.updated'])
  for (const query of ['type=nothing', 'after=yesterday', 'before=2030-02-30T00:00:00.000Z', 'type='])
    assert.equal((await root('GET', `/events?${query}`)).status, 400, query)
  const [newest] = (await root('GET', '/events')).body.items
  assert.deepEqual((await root('GET', `/events/${newest.id}`)).body, newest)
  assert.equal((await root('GET', '/events/nothing')).status, 404)
})

forEachHouse(
  'jobs that were given up are told without what they hold, taken up again, or taken away',
  async (house) => {
    await house.person('root', ['admins'])
    const root = await house.asToken('root')
    const { store, clock } = house
    const ids = [newId<JobId>(clock.now(), systemRandom), newId<JobId>(clock.now(), systemRandom)]
    await store.write(async (tx) => {
      for (const id of ids)
        await store.jobs.add(tx, { id, kind: 'mail', key: null, payload: { link: 'canary' }, dueAt: 0 }, 0)
      for (const { id } of await store.jobs.lease(tx, clock.now(), HOUR, 10, 'me'))
        await store.jobs.failed(tx, id, 'me', 'no route', null)
    })
    const dead = await root('GET', '/jobs?state=dead')
    assert.equal(dead.body.items.length, 2)
    assert.equal(dead.body.items[0].last_error, 'no route')
    assert.ok(!dead.text.includes('canary'))
    assert.equal((await root('POST', `/jobs/${ids[0]}/retry`)).status, 204)
    assert.equal(house.poked(), 1)
    assert.equal((await root('GET', '/jobs?state=waiting')).body.items[0].attempts, 0)
    assert.equal((await root('POST', `/jobs/${ids[0]}/retry`)).status, 404)
    assert.equal((await root('DELETE', `/jobs/${ids[1]}`)).status, 204)
    assert.equal((await root('DELETE', `/jobs/${ids[1]}`)).status, 404)
    assert.equal((await root('GET', '/jobs?state=gone')).status, 400)
    assert.deepEqual(
      (await house.events())
        .slice(-2)
        .map(({ type }) => type)
        .sort(),
      ['job.removed', 'job.retried'],
    )
  },
)

forEachHouse('why tells each rule, what it saw and what would let them in, and does nothing', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  await house.group('staff', [])
  await house.group('auditors', ['auditor'])
  await house.person('aud', ['auditors'])
  const root = await house.asToken('root')
  const access = {
    allow: { groups: ['staff'], when: "in_network(request.ip, '10.0.0.0/8')" },
    assurance: { mfa: 'required' },
  }
  await root('PUT', '/applications/wiki', { body: { name: 'Wiki', access } })
  const auditor = await house.asSession('aud')
  const why = (body: object) => auditor('POST', '/applications/wiki/why', { body })
  const denied = await why({ user: 'ana' })
  assert.equal(denied.body.outcome, 'deny')
  const allowed = denied.body.reasons.find((one: { rule: string }) => one.rule === 'allowed')
  assert.equal(allowed.holds, false)
  assert.equal(allowed.cure, 'Add ana to the group staff.')
  assert.ok(denied.body.explanation.some((line: string) => line.includes('Add ana to the group staff.')))
  await root('PUT', '/groups/staff/members/ana', { body: {} })
  assert.equal((await why({ user: 'ana@example.com', ip: '10.1.2.3' })).body.outcome, 'step_up')
  assert.equal((await why({ user: 'ana', ip: '10.1.2.3', methods: ['pwd', 'otp'] })).body.outcome, 'allow')
  assert.equal((await why({ user: 'ana', ip: '11.1.2.3', methods: ['pwd', 'otp'] })).body.outcome, 'deny')
  for (const body of [{}, { user: 'nobody' }, { user: 'ana', ip: 'here' }, { user: 'ana', expression: '1 == 1' }])
    assert.equal((await why(body)).status, 422, JSON.stringify(body))
  assert.equal((await auditor('POST', '/applications/nothing/why', { body: { user: 'ana' } })).status, 404)
  assert.equal((await house.events('application.denied')).length, 0)
})

forEachHouse('one is told who one is, what one may, and the token for changes by this session', async (house) => {
  await house.group('auditors', ['auditor'])
  await house.person('ana', ['auditors'])
  await house.person('root', ['admins'])
  const ana = (await (await house.asSession('ana'))('GET', '/me')).body
  assert.deepEqual([ana.username, ana.groups, ana.administrator], ['ana', ['auditors'], false])
  assert.ok(ana.permissions.includes('events.read') && !ana.permissions.includes('users.write'))
  assert.ok(ana.session && ana.csrf)
  const root = (await (await house.asToken('root'))('GET', '/me')).body
  assert.deepEqual([root.administrator, root.session, root.csrf], [true, null, null])
  await house.person('filed', [], { managedBy: 'people.yaml' })
  const filed = await house.asSession('filed')
  assert.equal((await filed('PATCH', '/me', { body: { name: 'x' } })).body.code, 'managed_by_file')
})
