import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { importJWK, jwtVerify } from 'jose'
import {
  bodyOf,
  type House,
  INSTALL_ID,
  locationOf,
  ORIGIN,
  openHouse,
  RS256,
} from '../../../../test/support/oidc-house.ts'

const TOKEN = '/application/o/token/'
const CALLBACK = 'https://app.example.com/cb'
const ISSUER = `${ORIGIN}/application/o/app/`
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
const secretOf = (value: string) => ({ client_secret: { value }, redirect_uris: [CALLBACK] })
const settings = {
  client_id: 'app',
  ...secretOf('s3cret'),
  clients: {
    b: { client_id: 'b', ...secretOf('b-secret') },
    spa: { client_id: 'spa', token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK] },
  },
}
const house = (over: object = {}, access?: unknown): House =>
  openHouse({ app: { settings: { ...settings, ...over }, access } })

type Sent = Readonly<Record<string, string>>
const auth = { client_id: 'app', client_secret: 's3cret' }
const asB = { client_id: 'b', client_secret: 'b-secret' }

const begin = async (home: House, over: Sent = {}, session?: string) => {
  const person = [...home.people.values()][0] ?? home.addPerson()
  const signed = session ?? home.signIn(person)
  const query = {
    client_id: 'app',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid email offline_access',
    ...over,
  }
  const response = await home.get(`/application/o/authorize/?${new URLSearchParams(query)}`, { session: signed })
  const code = locationOf(response).searchParams.get('code') ?? assert.fail(String(locationOf(response)))
  return { code, person, session: signed }
}
const post = async (home: House, sent: Sent, headers: Record<string, string> = {}) => {
  const response = await home.post(TOKEN, sent, { headers })
  return { status: response.status, headers: response.headers ?? {}, body: bodyOf(response) as Record<string, string> }
}
const exchange = (home: House, code: string, over: Sent = {}) =>
  post(home, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...auth, ...over })
const refresh = (home: House, token: string | undefined, over: Sent = {}) =>
  post(home, { grant_type: 'refresh_token', refresh_token: token ?? '', ...auth, ...over })
const isActive = async (home: House, token: string | undefined): Promise<unknown> =>
  bodyOf(await home.post('/application/o/introspect/', { token: token ?? '', ...auth })).active
const error = ({ status, body }: { status: number; body: Record<string, string> }): string => `${status} ${body.error}`
const verified = async (text: string | undefined) =>
  jwtVerify(text ?? '', await importJWK({ ...RS256.jwk, alg: 'RS256' }), {
    currentDate: new Date(Date.UTC(2030, 0, 1, 0, 1)),
  })

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

test('A53 answers failed client authentication by 401, with a challenge where Basic was tried', async () => {
  const home = house()
  const wrong = await post(home, { grant_type: 'authorization_code', client_id: 'app', client_secret: 'x' })
  assert.deepEqual([error(wrong), wrong.headers['www-authenticate']], ['401 invalid_client', undefined])
  const basic = `Basic ${Buffer.from('app:x').toString('base64')}`
  const tried = await post(home, { grant_type: 'authorization_code' }, { authorization: basic })
  assert.equal(error(tried), '401 invalid_client')
  assert.match(tried.headers['www-authenticate'] ?? '', /^Basic realm=/)
  const both = await post(
    home,
    { client_secret: 's3cret' },
    { authorization: `Basic ${Buffer.from('app:s3cret').toString('base64')}` },
  )
  assert.equal(error(both), '401 invalid_client')
  assert.deepEqual(home.types(), Array(3).fill('oauth.client_refused'))
})

test('A53 an unknown client and a wrong secret get the same answer', async () => {
  const home = house()
  const ask = async (id: string) => {
    const { status, body, headers } = await post(home, {
      client_id: id,
      client_secret: 'x',
      grant_type: 'authorization_code',
    })
    return { status, body, headers }
  }
  assert.deepEqual(await ask('app'), await ask('nobody'))
})

test('answers 400 in place of 401 only where an administrator switched that on', async () => {
  const home = house({ compatibility: { invalid_client_400: true } })
  assert.equal(error(await post(home, { client_id: 'app', client_secret: 'x' })), '400 invalid_client')
  assert.equal(error(await post(home, { client_id: 'nobody', client_secret: 'x' })), '401 invalid_client')
})

test('A59 reads nothing from the query of the token endpoint', async () => {
  const home = house()
  const { code } = await begin(home)
  const inQuery = new URLSearchParams({ ...auth })
  const sent = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK }
  const response = await home.post(`${TOKEN}?${inQuery}`, sent)
  assert.equal(response.status, 401)
  assert.equal((await exchange(home, code)).status, 200, 'the code was not touched')
})

test('takes id and secret in the body, which is what `client_auth_method: query` of the Ruby gem sends', async () => {
  const home = house()
  const { code } = await begin(home, { scope: 'openid email' })
  // The gem sends the scope along with the code as well.
  assert.equal((await exchange(home, code, { scope: 'openid email' })).status, 200)
})

test('A08 refuses doubled parameters, and a body that is no form', async () => {
  const home = house()
  const doubled = new URLSearchParams([...Object.entries(auth), ['code', 'a'], ['code', 'b']])
  const response = await home.post(TOKEN, doubled)
  assert.deepEqual([response.status, bodyOf(response).error], [400, 'invalid_request'])
  const other = await home.postOther(TOKEN)
  assert.deepEqual([other.status, bodyOf(other).error], [400, 'invalid_request'])
})

test('A55 refuses grant types that are unknown or not registered', async () => {
  const home = house()
  assert.equal(
    error(await post(home, { ...auth, grant_type: 'password', username: 'a', password: 'b' })),
    '400 unauthorized_client',
  )
  assert.equal(error(await post(home, { ...auth, grant_type: 'client_credentials' })), '400 unauthorized_client')
  assert.equal(error(await post(home, { ...auth, grant_type: 'magic' })), '400 unsupported_grant_type')
  assert.equal(error(await post(home, auth)), '400 invalid_request')
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

const granted = async (home: House, over: Sent = {}) => {
  const begun = await begin(home, over)
  const { body } = await exchange(home, begun.code)
  return { ...begun, ...(body as { access_token: string; refresh_token: string; id_token: string }) }
}

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

test('A31 another client cannot use a refresh token, and does not harm it', async () => {
  const home = house()
  const { refresh_token } = await granted(home)
  const tried = await refresh(home, refresh_token, asB)
  const unknown = await refresh(home, 'unknown', asB)
  assert.deepEqual([error(tried), tried.body], ['400 invalid_grant', unknown.body])
  assert.equal((await refresh(home, refresh_token)).status, 200)
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

const machine = { grant_types: ['client_credentials', 'password'] }
const credentials = { grant_type: 'client_credentials', ...auth }

test('A35 a client acting for itself gets configured scopes, no ID token and no refresh token', async () => {
  const home = house(machine)
  const { status, body } = await post(home, { ...credentials, scope: 'openid email admin:all offline_access' })
  assert.equal(status, 200)
  assert.deepEqual([body.scope, body.id_token, body.refresh_token], ['email', undefined, undefined])
  const { payload } = await verified(body.access_token)
  assert.deepEqual([payload.sub, payload.client_id, payload.amr, payload.sid], ['app', 'app', undefined, undefined])
  assert.equal(await isActive(home, body.access_token), true)
})

const withBot = (home: House, over: object = {}) => {
  const bot = home.addPerson({ username: 'bot', kind: 'service_account', ...over })
  home.appPasswords.set('bot app-password', bot.user.id)
  return bot
}
const asBot = { ...credentials, username: 'bot', password: 'app-password', scope: 'openid profile' }

test('a service account gets a token by its app password, where the rules let it in', async () => {
  const home = house(machine, { allow: { users: ['bot'] } })
  withBot(home)
  const { status, body } = await post(home, asBot)
  assert.equal(status, 200)
  assert.equal((await verified(body.access_token)).payload.preferred_username, 'bot')
  assert.deepEqual((await verified(body.id_token)).payload.amr, ['pwd'])
  assert.equal((await post(home, { ...asBot, grant_type: 'password' })).status, 200)
})

test('A44 a service account that is off, shut out, short of a factor or wrong gets the same refusal', async () => {
  const ask = async (access: unknown, over: object, sent: Sent = asBot) => {
    const home = house(machine, access)
    withBot(home, over)
    const answer = await post(home, sent)
    assert.equal(home.grants.size, 0)
    return answer
  }
  const allowed = { allow: { users: ['bot'] } }
  const wrong = await ask(allowed, {}, { ...asBot, password: 'wrong' })
  assert.equal(error(wrong), '400 invalid_grant')
  for (const answer of [
    await ask(allowed, { active: false }),
    await ask(undefined, {}),
    await ask({ ...allowed, assurance: { mfa: 'required' } }, {}),
    await ask(allowed, {}, { ...asBot, username: 'nobody' }),
  ]) {
    assert.deepEqual(answer, wrong)
  }
})

test('A44 the token of a service account dies with the account', async () => {
  const home = house(machine, { allow: { users: ['bot'] } })
  const bot = withBot(home)
  const { body } = await post(home, asBot)
  assert.equal(await isActive(home, body.access_token), true)
  home.change(bot, { active: false })
  assert.equal(await isActive(home, body.access_token), false)
})

test('A53 an app password without the client secret is taken only where that is switched on', async () => {
  const sent = { ...asBot, client_secret: '' }
  const access = { allow: { users: ['bot'] } }
  const strict = house(machine, access)
  withBot(strict)
  assert.equal(error(await post(strict, sent)), '401 invalid_client')
  const lax = house({ ...machine, compatibility: { app_password_alone: true } }, access)
  withBot(lax)
  assert.equal((await post(lax, sent)).status, 200)
  assert.equal(error(await post(lax, { ...credentials, client_secret: '' })), '401 invalid_client')
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

test('A64 answers scripts of the origins of redirect URIs, and of no origin that only looks alike', async () => {
  const home = house()
  const { code } = await begin(home)
  const own = await home.post(
    TOKEN,
    { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...auth },
    { headers: { origin: 'https://app.example.com' } },
  )
  assert.equal(own.headers?.['access-control-allow-origin'], 'https://app.example.com')
  for (const origin of [
    'https://app.example.com.evil.example',
    'null',
    'http://app.example.com',
    'https://app.example.com:444',
    '*',
  ]) {
    for (const answer of [
      await home.post(TOKEN, auth, { headers: { origin } }),
      await home.options(TOKEN, { headers: { origin } }),
    ]) {
      assert.equal(answer.headers?.['access-control-allow-origin'], undefined, origin)
      assert.equal(answer.headers?.vary, 'origin')
    }
  }
  const preflight = await home.options(TOKEN, { headers: { origin: 'https://app.example.com' } })
  assert.deepEqual(
    [preflight.status, preflight.headers?.['access-control-allow-origin']],
    [204, 'https://app.example.com'],
  )
})

test('M07 no event of a whole life of tokens holds a secret', async () => {
  const home = house()
  const first = await granted(home, { nonce: 'n' })
  const second = await refresh(home, first.refresh_token)
  await refresh(home, first.refresh_token)
  await exchange(home, first.code)
  const told = JSON.stringify(home.events)
  for (const value of [first.code, first.access_token, first.refresh_token, second.body.refresh_token, 's3cret']) {
    assert.ok(value && !told.includes(value))
  }
})

test('never throws on a soup of parameters, and answers nothing but JSON errors', async () => {
  const home = house()
  const names = fc.constantFrom(
    'grant_type',
    'code',
    'redirect_uri',
    'code_verifier',
    'refresh_token',
    'scope',
    'client_id',
    'client_secret',
    'username',
    'password',
    'x',
  )
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('app', 's3cret', 'spa', 'authorization_code', 'refresh_token', 'password', CALLBACK),
  )
  const header = fc.option(fc.oneof(fc.string(), fc.constant(`Basic ${Buffer.from('app:s3cret').toString('base64')}`)))
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, value), header, async (sent, authorization) => {
      const { status, body } = await post(home, sent, authorization === null ? {} : { authorization })
      assert.ok([400, 401].includes(status))
      assert.match(String(body.error), /^[a-z_]+$/)
      assert.match(String(body.error_description), /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    }),
    { numRuns: 400 },
  )
})
