import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { House } from '../../../../test/support/oidc-house.ts'
import {
  asB,
  auth,
  error,
  granted,
  house,
  isActive,
  refresh,
  TOKEN,
  verified,
} from '../../../../test/support/oidc-walk.ts'

test('A29 a refresh token that comes back ends the whole family, with an event (RFC 9700 §4.14)', async () => {
  const home = house()
  const first = await granted(home)
  const second = await refresh(home, first.refresh_token)
  assert.equal(second.status, 200)
  assert.notEqual(second.body.refresh_token, first.refresh_token)
  assert.equal(error(await refresh(home, first.refresh_token)), '400 invalid_grant')
  assert.equal(error(await refresh(home, second.body.refresh_token)), '400 invalid_grant')
  for (const token of [first.access_token, second.body.access_token]) assert.equal(await isActive(home, token), false)
  assert.ok(home.types().includes('oauth.refresh_reused'))
})

test('A29 a refresh token that comes back ends the whole family also while more must be proven', async () => {
  const home = house()
  const first = await granted(home)
  assert.equal((await refresh(home, first.refresh_token)).status, 200)
  home.setAccess('app', { assurance: { mfa: 'required' } })
  assert.equal(error(await refresh(home, first.refresh_token)), '400 invalid_grant')
  assert.ok([...home.grants.values()].every((grant) => grant.endedAt !== null))
  assert.ok(home.types().includes('oauth.refresh_reused'))
})

test('A31 another client cannot use a refresh token, and does not harm it', async () => {
  const home = house()
  const { refresh_token } = await granted(home)
  const tried = await refresh(home, refresh_token, asB)
  const unknown = await refresh(home, 'unknown', asB)
  assert.deepEqual([error(tried), tried.body], ['400 invalid_grant', unknown.body])
  assert.equal((await refresh(home, refresh_token)).status, 200)
})

test('M16 tries of strangers that failed end nothing that was granted, and count at the door', async () => {
  const home = house()
  home.setAccess('app', { policies: ['calm'] })
  const { refresh_token } = await granted(home)
  home.fail(50)
  assert.equal((await refresh(home, refresh_token)).status, 200)
  await assert.rejects(granted(home))
})

test('A32 refuses a refresh at the very next use, and ends the grant', async () => {
  for (const meanwhile of [
    (home: House, { person }: Awaited<ReturnType<typeof granted>>) => home.change(person, { active: false }),
    (home: House, { person }: Awaited<ReturnType<typeof granted>>) => home.people.delete(person.user.id),
    (home: House) => home.setAccess('app', { allow: { groups: ['admins'] } }),
    (home: House) => home.setAccess('app', { deny: { users: ['ana'] } }),
  ]) {
    const home = house()
    const given = await granted(home)
    meanwhile(home, given)
    assert.equal(error(await refresh(home, given.refresh_token)), '400 invalid_grant')
    assert.ok([...home.grants.values()].every((grant) => grant.endedAt !== null))
    home.setAccess('app', undefined)
    assert.equal(error(await refresh(home, given.refresh_token)), '400 invalid_grant', 'and stays refused')
  }
})

test('A33 a raised generation voids every refresh token of the person', async () => {
  const home = house()
  const given = await granted(home)
  home.change(given.person, { generation: 2 })
  assert.equal(error(await refresh(home, given.refresh_token)), '400 invalid_grant')
  assert.equal(await isActive(home, given.access_token), false)
})

test('a refresh waits for what the application demands since, and goes on once it is proven', async () => {
  const home = house()
  const given = await granted(home)
  home.setAccess('app', { assurance: { mfa: 'required' } })
  assert.equal(error(await refresh(home, given.refresh_token)), '400 invalid_grant')
  const session = home.sessions.get(given.session) ?? assert.fail()
  home.sessions.set(given.session, { ...session, proofs: [...session.proofs, { method: 'otp', at: home.clock.now }] })
  assert.equal((await refresh(home, given.refresh_token)).status, 200)
})

test('offline_access outlives the session, and its rules look at where the person was', async () => {
  const home = house({}, { allow: { when: 'request.ip == "203.0.113.7"' } })
  const given = await granted(home)
  home.endSession(given.session)
  const response = await home.post(
    TOKEN,
    { grant_type: 'refresh_token', refresh_token: given.refresh_token, ...auth },
    { ip: '10.9.9.9' },
  )
  assert.equal(response.status, 200)
})

test('A34 a refresh may narrow the scope and never widen it', async () => {
  const home = house()
  const { refresh_token } = await granted(home)
  assert.equal(error(await refresh(home, refresh_token, { scope: 'openid profile' })), '400 invalid_scope')
  const narrowed = await refresh(home, refresh_token, { scope: 'openid' })
  assert.equal(narrowed.body.scope, 'openid')
  const again = await refresh(home, narrowed.body.refresh_token)
  assert.equal(again.body.scope, 'openid email offline_access', 'the grant itself keeps what it was')
})

test('a refreshed ID token keeps sub, iss, aud and auth_time (OpenID Connect Core §12.2)', async () => {
  const home = house()
  const first = await granted(home)
  home.clock.now += 30_000
  const second = await refresh(home, first.refresh_token)
  const [before, after] = [(await verified(first.id_token)).payload, (await verified(second.body.id_token)).payload]
  for (const name of ['sub', 'iss', 'aud', 'auth_time', 'sid']) assert.equal(after[name], before[name], name)
  assert.equal(after.iat, (before.iat ?? 0) + 30)
})

test('a refresh token ends with its time, each new one counting anew', async () => {
  const home = house({ refresh_token_validity: '10m' })
  const { refresh_token } = await granted(home)
  home.clock.now += 9 * 60_000
  const second = await refresh(home, refresh_token)
  assert.equal(second.status, 200)
  home.clock.now += 10 * 60_000
  assert.equal(error(await refresh(home, second.body.refresh_token)), '400 invalid_grant')
})
