import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { forEachHouse } from '../../../test/support/api-house.ts'
import { DAY, MINUTE } from '../../base/clock.ts'

forEachHouse('F12 refuses tokens that are dead or meant for something else, with one answer for all', async (house) => {
  const { find, store, token, withKey, advance, clock } = house
  await house.person('root', ['admins'])
  await house.person('bea', ['admins'])
  const expired = await token('root', null, { expiresAt: clock.now() + MINUTE })
  assert.equal((await withKey(expired.key)('GET', '/me')).status, 200)
  advance(MINUTE)
  const leaver = await token('bea')
  const { id } = await find('bea')
  await store.write((tx) => store.users.update(tx, id, { active: false }, clock.now()))
  const mail = await token('root', null, { kind: 'app_password' })
  const revoked = await token('root')
  await store.write((tx) => store.tokens.remove(tx, revoked.id))
  const answers = []
  for (const { key } of [expired, leaver, mail, revoked]) answers.push(await withKey(key)('GET', '/users'))
  for (const { status, headers, body } of answers) {
    assert.equal(status, 401)
    assert.equal(body.code, 'token_refused')
    assert.match(headers['www-authenticate'] ?? '', /^Bearer .*error="invalid_token"/)
    assert.equal(body.detail, answers[0]?.body.detail, 'what is wrong with a token is not told')
  }
  const reasons = (await house.events('token.refused')).map((event) => event.detail?.reason)
  assert.deepEqual(reasons.sort(), ['expired', 'not_for_the_api', 'owner_inactive', 'unknown'])
})

forEachHouse('A41 A59 takes no token of another kind, and none from the address', async (house) => {
  await house.person('root', ['admins'])
  const { key } = await house.token('root')
  const { cookie } = await house.begin('root')
  const jwt = ['eyJhbGciOiJub25lIn0', 'eyJzdWIiOiJyb290In0', ''].join('.')
  for (const authorization of [
    `Bearer ${jwt}`,
    `Bearer ${cookie}`,
    `Basic ${btoa(`root:${key}`)}`,
    `Bearer`,
    `Bearer ${key} x`,
    `Bearer ${key},Bearer ${key}`,
    `Token ${key}`,
    key,
    `Bearer ${'a'.repeat(10_000)}`,
  ]) {
    const answer = await house.anonymous('GET', '/me', { headers: { authorization } })
    assert.equal(answer.status, 401, authorization.slice(0, 80))
    assert.equal(answer.body.code, 'token_refused')
  }
  assert.equal((await house.anonymous('GET', `/users?access_token=${key}`)).status, 401)
  assert.equal((await house.anonymous('GET', '/me', { headers: { authorization: `bearer ${key}` } })).status, 200)
})

forEachHouse('a bad token never falls back to the session beside it', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asSession('root')
  assert.equal((await root('GET', '/users')).status, 200)
  assert.equal((await root('GET', '/users', { headers: { authorization: 'Bearer nothing' } })).status, 401)
  assert.equal((await root('GET', '/users', { headers: { authorization: '' } })).status, 200)
})

forEachHouse('F05 a change by session comes from a page of ours that was given its token', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asSession('root')
  const other = await house.begin('root')
  const csrf = (await root('GET', '/me')).body.csrf
  assert.ok(csrf)
  const refused: Record<string, string>[] = [
    { 'x-gatehouse-csrf': '' },
    { 'x-gatehouse-csrf': 'guessed' },
    { 'x-gatehouse-csrf': `${csrf} x` },
    { 'x-gatehouse-csrf': house.ring.hash('csrf', other.session.id) },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '', origin: 'null' },
    { 'sec-fetch-site': '', origin: '' },
    { 'sec-fetch-site': '', origin: 'https://evil.example' },
  ]
  for (const headers of refused) {
    const answer = await root('PUT', '/users/eve', { body: {}, headers })
    assert.equal(answer.status, 403, JSON.stringify(headers))
    assert.equal(answer.body.code, 'cross_site')
  }
  assert.equal((await root('GET', '/users/eve')).status, 404)
  assert.equal((await house.events('permission.refused')).length, refused.length)
  assert.equal((await root('PUT', '/users/eve', { body: {} })).status, 201)
  assert.equal((await root('PUT', '/users/eve', { body: {}, headers: { 'sec-fetch-site': '' } })).status, 200)
})

forEachHouse('F05 takes JSON alone: no form and no plain text, which any page may post', async (house) => {
  await house.person('root', ['admins'])
  const root = await house.asSession('root')
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'text/json',
    'application/jsonx',
  ]) {
    const answer = await root('PUT', '/users/eve', { raw: '{}', headers: { 'content-type': type } })
    assert.equal(answer.status, 415, type)
    assert.equal(answer.body.code, 'unsupported_media_type')
  }
  const packed = await root('PUT', '/users/eve', { raw: '{}', headers: { 'content-encoding': 'gzip' } })
  assert.equal(packed.status, 415)
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/merge-patch+json'])
    assert.equal((await root('PATCH', '/me', { raw: '{}', headers: { 'content-type': type } })).status, 200, type)
})

forEachHouse('F03 an ended, timed out or voided session is none', async (house) => {
  await house.person('root', ['admins'])
  await house.person('ana')
  const ana = await house.asSession('ana')
  const root = await house.asSession('root')
  assert.equal((await ana('GET', '/me')).status, 200)
  assert.equal((await root('POST', '/users/ana/disable')).status, 200)
  assert.equal((await ana('GET', '/me')).status, 401)
  assert.equal((await root('POST', '/users/ana/enable')).status, 200)
  assert.equal((await ana('GET', '/me')).status, 401)
  house.advance(30 * DAY)
  const late = await root('GET', '/me')
  assert.equal(late.status, 401)
  assert.equal(late.headers['www-authenticate'], 'Bearer realm="gatehouse"')
})

forEachHouse(
  'I14 the key of a token is kept as a keyed hash only, and its use is noted to the minute',
  async (house) => {
    await house.person('root', ['admins'])
    const { key, id } = await house.token('root')
    assert.equal((await house.withKey(key)('GET', '/me')).status, 200)
    const { store } = house
    // The note is not waited for by the answer; the next write of the one writer is.
    await store.write(async () => undefined)
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await store.tokens.byId(store.read, id))?.lastUsedAt !== null) break
      await new Promise(setImmediate)
    }
    assert.equal((await store.tokens.byId(store.read, id))?.lastUsedAt, house.clock.now())
  },
)

forEachHouse('M15 a stranger who guesses tokens writes a few events a minute and a count', async (house) => {
  for (let guess = 0; guess < 50; guess += 1) {
    const answer = await house.withKey(`gatehouse_api_${randomBytes(32).toString('base64url')}`)('GET', '/users')
    assert.equal(answer.status, 401)
  }
  assert.equal((await house.events('token.refused')).length, 20)
  await house.deps.recorder.close()
  const counts = (await house.events('token.refused')).map(({ detail }) => Number(detail?.repeated ?? 1))
  assert.equal(counts.length, 21)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    50,
  )
  house.advance(MINUTE)
  await house.withKey('again')('GET', '/users')
  assert.equal((await house.events('token.refused')).length, 22)
})

forEachHouse('what somebody may do changes with their groups and roles, at the next request', async (house) => {
  await house.group('auditors', ['auditor'])
  await house.person('root', ['admins'])
  await house.person('ana')
  const root = await house.asSession('root')
  const ana = await house.asSession('ana')
  assert.equal((await ana('GET', '/users')).status, 403)
  await root('PUT', '/groups/auditors/members/ana', { body: {} })
  assert.equal((await ana('GET', '/users')).status, 200)
  await root('PATCH', '/roles/auditor', { body: { permissions: ['groups.read'] } })
  assert.equal((await ana('GET', '/users')).status, 403)
  assert.equal((await ana('GET', '/groups')).status, 200)
  await root('PUT', '/groups/auditors/members/ana', {
    body: { until: new Date(house.clock.now() + MINUTE).toISOString() },
  })
  house.advance(MINUTE)
  assert.equal((await ana('GET', '/groups')).status, 403)
})
