import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type House, INSTALL_ID, RS256 } from '../../../../test/support/oidc-house.ts'
import {
  asB,
  begin,
  CALLBACK,
  CHALLENGE,
  error,
  exchange,
  house,
  ISSUER,
  isActive,
  post,
  refresh,
  settings,
  VERIFIER,
  verified,
} from '../../../../test/support/oidc-walk.ts'

test('A14 refuses a code that was already exchanged, and revokes its tokens (RFC 6749 §4.1.2)', async () => {
  const home = house()
  const { code } = await begin(home)
  const first = await exchange(home, code)
  assert.equal(first.status, 200)
  assert.equal(await isActive(home, first.body.access_token), true)
  assert.equal(error(await exchange(home, code)), '400 invalid_grant')
  assert.equal(await isActive(home, first.body.access_token), false)
  assert.equal(await isActive(home, first.body.refresh_token), false)
  assert.equal(error(await refresh(home, first.body.refresh_token)), '400 invalid_grant')
  assert.ok(home.types().includes('oauth.code_reused'))
})

for (const [title, wrong] of [
  ['A11 another redirect_uri', { redirect_uri: `${CALLBACK}/` }],
  ['A11 no redirect_uri', { redirect_uri: '' }],
  ['A16 another client', asB],
  ['A17 no verifier', { code_verifier: '' }],
  ['A19 a wrong verifier', { code_verifier: `${VERIFIER.slice(0, 42)}A` }],
  ['A19 the challenge as verifier', { code_verifier: CHALLENGE }],
] as const) {
  test(`${title}: the exchange is refused and the code is burnt`, async () => {
    const home = house()
    const { code } = await begin(home, { code_challenge: CHALLENGE, code_challenge_method: 'S256' })
    const sent = { code_verifier: VERIFIER }
    assert.equal(error(await exchange(home, code, { ...sent, ...wrong })), '400 invalid_grant')
    assert.equal(error(await exchange(home, code, sent)), '400 invalid_grant', 'burnt')
    assert.equal(home.grants.size, 0)
    assert.ok(home.types().includes('oauth.request_refused'))
  })
}

test('A18 refuses a verifier for a code that had no challenge', async () => {
  const home = house()
  const { code } = await begin(home)
  assert.equal(error(await exchange(home, code, { code_verifier: VERIFIER })), '400 invalid_grant')
})

test('refuses a code that is unknown, or a minute old', async () => {
  const home = house()
  assert.equal(error(await exchange(home, 'unknown')), '400 invalid_grant')
  assert.equal(error(await exchange(home, '')), '400 invalid_request')
  const { code } = await begin(home)
  home.clock.now += 60_000
  assert.equal(error(await exchange(home, code)), '400 invalid_grant')
})

test('A32 refuses the exchange once the person is off, signed out, gone or shut out meanwhile', async () => {
  for (const meanwhile of [
    (home: House, { person }: Awaited<ReturnType<typeof begin>>) => home.change(person, { active: false }),
    (home: House, { person }: Awaited<ReturnType<typeof begin>>) => home.change(person, { generation: 2 }),
    (home: House, { person }: Awaited<ReturnType<typeof begin>>) => home.people.delete(person.user.id),
    (home: House, { session }: Awaited<ReturnType<typeof begin>>) => home.endSession(session),
    (home: House) => home.setAccess('app', { allow: { groups: ['admins'] } }),
    (home: House) => home.setAccess('app', { assurance: { mfa: 'required' } }),
  ]) {
    const home = house()
    const begun = await begin(home)
    meanwhile(home, begun)
    assert.equal(error(await exchange(home, begun.code)), '400 invalid_grant')
    assert.ok([...home.grants.values()].every((grant) => grant.endedAt !== null))
    assert.ok(home.types().includes('oauth.grant_ended'))
  }
})

test('A32 the event of a refused exchange says why', async () => {
  const home = house()
  const { code, person } = await begin(home)
  home.change(person, { active: false })
  assert.equal(error(await exchange(home, code)), '400 invalid_grant')
  const ended = home.events.find((event) => event.type === 'oauth.grant_ended')
  assert.equal(ended?.detail?.why, 'the person is switched off')
})

test('A32 a code is worth nothing where the session it names is another person’s', async () => {
  const home = house()
  const { code, session } = await begin(home)
  const held = home.sessions.get(session) ?? assert.fail()
  home.sessions.set(session, { ...held, userId: home.addPerson({ username: 'ben' }).user.id })
  assert.equal(error(await exchange(home, code)), '400 invalid_grant')
})

test('a client that may not refresh gets no refresh token, whatever it asks for', async () => {
  const home = house({ grant_types: ['authorization_code'] })
  const { body } = await exchange(home, (await begin(home, { scope: 'openid offline_access' })).code)
  assert.equal(typeof body.access_token, 'string')
  assert.equal(body.refresh_token, undefined)
  // Nor where it lost the grant type between the code and its exchange.
  const later = house()
  const { code } = await begin(later, { scope: 'openid offline_access' })
  later.configure({ app: { settings: { ...settings, grant_types: ['authorization_code'] } } })
  assert.equal((await exchange(later, code)).body.refresh_token, undefined)
  assert.equal(home.refreshes.size + later.refreshes.size, 0)
})

test('gives an ID token and an access token that say who, for whom and how', async () => {
  const home = house()
  const { code, person, session } = await begin(home, { nonce: 'n' })
  const { status, headers, body } = await exchange(home, code)
  assert.equal(status, 200)
  assert.deepEqual([headers['cache-control'], headers.pragma], ['no-store', 'no-cache'])
  assert.deepEqual([body.token_type, body.expires_in, body.scope], ['Bearer', 3600, 'openid email offline_access'])
  const { payload: id, protectedHeader } = await verified(body.id_token)
  const now = home.clock.now / 1000
  const sub = createHash('sha256').update(`${person.user.number}-${INSTALL_ID}`).digest('hex')
  const { jti, at_hash, ...rest } = id
  assert.deepEqual(protectedHeader, { alg: 'RS256', typ: 'JWT', kid: 'rs-1' })
  assert.deepEqual(rest, {
    iss: ISSUER,
    sub,
    aud: 'app',
    exp: now + 3600,
    iat: now,
    auth_time: now,
    acr: 'goauthentik.io/providers/oauth2/default',
    amr: ['pwd'],
    nonce: 'n',
    sid: createHash('sha256').update(session).digest('hex'),
    email: 'ana@example.com',
    email_verified: true,
  })
  assert.match(String(jti), /^[A-Za-z0-9_-]{40}$/)
  assert.equal(
    at_hash,
    createHash('sha256')
      .update(body.access_token ?? '')
      .digest()
      .subarray(0, 16)
      .toString('base64url'),
  )
  const access = await verified(body.access_token)
  assert.equal(access.protectedHeader.typ, 'at+jwt')
  assert.deepEqual([access.payload.client_id, access.payload.azp, access.payload.sub], ['app', 'app', sub])
  assert.equal(access.payload.email, 'ana@example.com')
  assert.equal(access.payload.nonce, undefined)
})

test('gives no ID token without openid, and no refresh token without offline_access', async () => {
  const home = house()
  const { code } = await begin(home, { scope: 'email' })
  const { body } = await exchange(home, code)
  assert.deepEqual([body.id_token, body.refresh_token, body.scope], [undefined, undefined, 'email'])
})

test('keeps claims out of tokens where that is set', async () => {
  const home = house({ include_claims_in_id_token: false })
  const { body } = await exchange(home, (await begin(home)).code)
  assert.equal((await verified(body.id_token)).payload.email, undefined)
  assert.equal((await verified(body.access_token)).payload.email, undefined)
})

test('a subject that was set for a person wins, the application before the whole house', async () => {
  const home = house()
  const { code, person } = await begin(home)
  home.subjects.set(
    person.user.id,
    new Map([
      ['*', 'everywhere'],
      ['other', 'x'],
    ]),
  )
  assert.equal((await verified((await exchange(home, code)).body.id_token)).payload.sub, 'everywhere')
  home.subjects.set(
    person.user.id,
    new Map([
      ['*', 'everywhere'],
      ['app', 'here'],
    ]),
  )
  assert.equal((await verified((await exchange(home, (await begin(home)).code)).body.id_token)).payload.sub, 'here')
})

test('tells the claims of mappings, and leaves nulls out', async () => {
  const scopes = { nextcloud: { claims: { quota: '"10 GB"', user_id: 'user.username', nothing: 'null' } } }
  const home = house({ scopes, claims: { email: '"mapped@example.com"', department: 'user.attributes.department' } })
  const person = home.addPerson({ attributes: { department: 'IT' } })
  const { code } = await begin(home, { scope: 'openid email nextcloud' }, home.signIn(person))
  const { payload } = await verified((await exchange(home, code)).body.id_token)
  const { quota, user_id, email, department } = payload
  assert.deepEqual(
    { quota, user_id, email, department },
    {
      quota: '10 GB',
      user_id: 'ana',
      email: 'mapped@example.com',
      department: 'IT',
    },
  )
  assert.ok(!('nothing' in payload))
})

test('a mapping that fails denies, and says so in an event', async () => {
  const home = house({ claims: { department: 'user.attributes.department' } })
  const { code } = await begin(home)
  assert.equal(error(await exchange(home, code)), '400 invalid_grant')
  assert.ok([...home.grants.values()].every((grant) => grant.endedAt !== null))
  assert.ok(home.types().includes('expression.failed'))
})

test('a public client exchanges its code by PKCE alone', async () => {
  const home = house()
  const pkce = { client_id: 'spa', code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  const { code } = await begin(home, pkce)
  const sent = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    client_id: 'spa',
    code_verifier: VERIFIER,
  }
  assert.equal((await post(home, sent)).status, 200)
})

test('issues nothing without a signing key, and spends nothing either', async () => {
  const home = house()
  const { code } = await begin(home)
  home.keys.set('default-rs256', [])
  assert.equal(error(await exchange(home, code)), '500 server_error')
  home.keys.set('default-rs256', [RS256])
  assert.equal((await exchange(home, code)).status, 200)
})

test('signs with the key pair that is set', async () => {
  const home = house({ signing_key: 'default-es256' })
  const { body } = await exchange(home, (await begin(home)).code)
  assert.equal(JSON.parse(Buffer.from(body.id_token?.split('.')[0] ?? '', 'base64url').toString()).alg, 'ES256')
})
