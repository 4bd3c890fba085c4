import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, type House, locationOf, openHouse, RS256, signerFor } from '../../../../test/support/oidc-house.ts'
import { signJws } from '../../../protocol/jose/sign-jws.ts'

const CALLBACK = 'https://app.example.com/cb'
const client = (id: string) => ({ client_id: id, client_secret: { value: `${id}-secret` }, redirect_uris: [CALLBACK] })
const settings = {
  ...client('app'),
  clients: { sister: client('sister'), spa: { client_id: 'spa', token_endpoint_auth_method: 'none' } },
}
const house = (over: object = {}): House =>
  openHouse({ app: { settings: { ...settings, ...over } }, other: { settings: client('b') } })
const as = (id: string) => ({ client_id: id, client_secret: `${id}-secret` })

type Sent = Readonly<Record<string, string>>
const granted = async (home: House, scope = 'openid email profile offline_access', id = 'app') => {
  const person = [...home.people.values()][0] ?? home.addPerson()
  const session = home.signIn(person)
  const query = new URLSearchParams({ client_id: id, redirect_uri: CALLBACK, response_type: 'code', scope, nonce: 'n' })
  const answer = await home.get(`/application/o/authorize/?${query}`, { session })
  const code = locationOf(answer).searchParams.get('code') ?? ''
  const sent = { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...as(id) }
  const tokens = bodyOf(await home.post('/application/o/token/', sent)) as Record<string, string>
  const { access_token = '', refresh_token = '', id_token = '' } = tokens
  return { person, session, code, access_token, refresh_token, id_token }
}
const userinfo = async (home: House, token: string, over: { form?: Sent; headers?: Record<string, string> } = {}) => {
  const headers = { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...over.headers }
  const path = '/application/o/userinfo/'
  const response = over.form
    ? await home.post(path, over.form, { headers: over.headers ?? {} })
    : await home.get(path, { headers })
  return {
    status: response.status,
    challenge: response.headers?.['www-authenticate'] ?? '',
    body: response.body,
    response,
  }
}
const introspect = async (home: House, token: string, who: Sent = as('app')) =>
  bodyOf(await home.post('/application/o/introspect/', { token, ...who }))
const revoke = async (home: House, token: string, who: Sent = as('app')) =>
  (await home.post('/application/o/revoke/', { token, ...who })).status

test('userinfo tells what the scopes tell, as of now (OpenID Connect Core §5.3)', async () => {
  const home = house()
  const { access_token, person, id_token } = await granted(home)
  home.change(person, { name: 'Ana Married' })
  const told = await userinfo(home, access_token)
  const { sub } = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString())
  assert.equal(told.status, 200)
  assert.deepEqual(JSON.parse(String(told.body)), {
    email: 'ana@example.com',
    email_verified: true,
    name: 'Ana Married',
    given_name: 'Ana Married',
    preferred_username: 'ana',
    nickname: 'ana',
    groups: ['Staff'],
    sub,
    nonce: 'n',
  })
  assert.deepEqual((await userinfo(home, '', { form: { access_token } })).body, told.body)
})

test('A42 refuses an access token without openid by 403, and none at all by 401', async () => {
  const home = house()
  const { access_token } = await granted(home, 'email')
  const refused = await userinfo(home, access_token)
  assert.equal(refused.status, 403)
  assert.match(refused.challenge, /error="insufficient_scope"/)
  const none = await userinfo(home, '')
  assert.deepEqual([none.status, none.challenge], [401, 'Bearer realm="Gatehouse"'])
})

test('A42 refuses the token once its grant was ended', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const [grant] = [...home.grants.values()]
  home.grants.set(grant?.id as never, { ...(grant as NonNullable<typeof grant>), endedAt: home.clock.now })
  const refused = await userinfo(home, access_token)
  assert.equal(refused.status, 401)
  assert.match(refused.challenge, /error="invalid_token"/)
})

test('A41 refuses ID tokens, refresh tokens, codes and rubbish as bearers', async () => {
  const home = house()
  const { id_token, refresh_token, code, access_token } = await granted(home)
  for (const token of [
    id_token,
    refresh_token,
    code,
    'rubbish',
    'a.b.c',
    `${access_token}x`,
    access_token.slice(0, -1),
  ]) {
    assert.equal((await userinfo(home, token)).status, 401, token.slice(0, 20))
  }
})

test('A59 ignores an access token in the query, and refuses two at once', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const response = await home.get(`/application/o/userinfo/?access_token=${access_token}`)
  assert.equal(response.status, 401)
  const both = await userinfo(home, '', {
    form: { access_token },
    headers: { authorization: `Bearer ${access_token}` },
  })
  assert.equal(both.status, 400)
})

test('A41 refuses a token that is signed by our key and is none of ours', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString())
  const make = (over: object) => Promise.resolve(signJws('at+jwt', { ...claims, ...over }, signerFor(RS256)))
  assert.equal((await userinfo(home, await make({}))).status, 200)
  for (const over of [
    { client_id: 'b', aud: 'b' },
    { client_id: 'nobody', aud: 'nobody' },
    { jti: `01890a5d-ac96-774b-bcce-b302099a8057.${'a'.repeat(22)}` },
    { iss: 'https://auth.example.com/application/o/other/' },
    { exp: home.clock.now / 1000 },
  ]) {
    assert.equal((await userinfo(home, await make(over))).status, 401, JSON.stringify(over))
  }
})

test('A41 a signature that was seen before is worth nothing under another payload', async () => {
  const home = house()
  const { access_token } = await granted(home)
  assert.equal((await userinfo(home, access_token)).status, 200)
  const [header = '', payload = '', signature = ''] = access_token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const altered = Buffer.from(JSON.stringify({ ...claims, scope: 'openid everything' })).toString('base64url')
  assert.equal((await userinfo(home, `${header}.${altered}.${signature}`)).status, 401)
})

test('A40 a token that names the grant of another client is refused', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const { access_token: sister } = await granted(home, 'openid', 'sister')
  const claimsOf = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  const mixed = { ...claimsOf(access_token), jti: claimsOf(sister).jti }
  assert.equal((await userinfo(home, await signJws('at+jwt', mixed, signerFor(RS256)))).status, 401)
})

test('A40 what was granted at one application is worth nothing once its client id stands at another', async () => {
  const home = house()
  const { access_token, refresh_token } = await granted(home)
  assert.equal((await userinfo(home, access_token)).status, 200)
  home.configure({ other: { settings: client('app') } })
  assert.equal((await userinfo(home, access_token)).status, 401)
  for (const token of [access_token, refresh_token]) {
    assert.deepEqual(await introspect(home, token), { active: false })
  }
  const sent = { grant_type: 'refresh_token', refresh_token, ...as('app') }
  const refreshed = await home.post('/application/o/token/', sent)
  assert.deepEqual([refreshed.status, bodyOf(refreshed).error], [400, 'invalid_grant'])
})

test('A32 a token is dead the moment its person is off, though its signature was seen before', async () => {
  const home = house()
  const { access_token, person } = await granted(home)
  assert.equal((await userinfo(home, access_token)).status, 200)
  home.change(person, { active: false })
  assert.equal((await userinfo(home, access_token)).status, 401)
  assert.deepEqual(await introspect(home, access_token), { active: false })
})

test('checks the signature of a token once, and asks each time whether its grant stands', async () => {
  const home = house()
  const { access_token } = await granted(home)
  for (let time = 0; time < 5; time += 1) assert.equal((await userinfo(home, access_token)).status, 200)
  assert.equal((await introspect(home, access_token)).active, true)
  assert.deepEqual(home.counts, { verify: 1, alive: 6 })
})

test('O07 a token is refused once the key that signed it is no longer published', async () => {
  const home = house()
  const { access_token } = await granted(home)
  assert.equal((await userinfo(home, access_token)).status, 200)
  home.keys.set('default-rs256', [])
  assert.equal((await userinfo(home, access_token)).status, 401)
})

test('a token is refused once its time is over, though its signature was seen before', async () => {
  const home = house()
  const { access_token } = await granted(home)
  assert.equal((await userinfo(home, access_token)).status, 200)
  home.clock.now += 3_600_000
  assert.equal((await userinfo(home, access_token)).status, 401)
})

test('a mapping that fails denies at userinfo too', async () => {
  const home = house({ include_claims_in_id_token: false, scopes: { x: { claims: { d: 'user.attributes.d' } } } })
  const person = home.addPerson({ attributes: { d: 'IT' } })
  const { access_token } = await granted(home, 'openid x')
  assert.equal(JSON.parse(String((await userinfo(home, access_token)).body)).d, 'IT')
  home.change(person, { attributes: {} })
  assert.equal((await userinfo(home, access_token)).status, 401)
  assert.ok(home.types().includes('expression.failed'))
})

test('A64 answers scripts of the own application, and tells of a dead token to any known one', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const allowed = async (token: string, origin: string) =>
    (await userinfo(home, token, { headers: { origin } })).response.headers?.['access-control-allow-origin']
  assert.equal(await allowed(access_token, 'https://app.example.com'), 'https://app.example.com')
  assert.equal(await allowed('dead', 'https://app.example.com'), 'https://app.example.com')
  for (const origin of ['https://evil.example', 'null', 'https://app.example.com.evil.example']) {
    assert.equal(await allowed(access_token, origin), undefined)
    assert.equal(await allowed('dead', origin), undefined)
  }
})

test('introspection tells a client of its own tokens (RFC 7662 §2.2)', async () => {
  const home = house()
  const { access_token, refresh_token } = await granted(home)
  const access = await introspect(home, access_token)
  assert.deepEqual(
    [access.active, access.client_id, access.scope, access.aud],
    [true, 'app', 'openid email profile offline_access', 'app'],
  )
  const refresh = await introspect(home, refresh_token)
  assert.deepEqual([refresh.active, refresh.client_id, refresh.sub], [true, 'app', access.sub])
})

test('A40 tells another application no more than of a made-up token', async () => {
  const home = house()
  const { access_token, refresh_token, id_token } = await granted(home)
  for (const token of [access_token, refresh_token]) {
    assert.deepEqual(await introspect(home, token, as('b')), { active: false })
    assert.equal((await introspect(home, token, as('sister'))).active, true, 'the same issuer')
  }
  for (const token of [id_token, 'made-up', 'a.b.c']) assert.deepEqual(await introspect(home, token), { active: false })
})

test('introspection is for confidential clients that prove themselves', async () => {
  const home = house()
  const { access_token } = await granted(home)
  const ask = async (who: Sent) =>
    (await home.post('/application/o/introspect/', { token: access_token, ...who })).status
  assert.equal(await ask({ client_id: 'spa' }), 401)
  assert.equal(await ask({ client_id: 'app', client_secret: 'x' }), 401)
  assert.equal(await ask({}), 401)
  const nothing = await home.post('/application/o/introspect/', as('app'))
  assert.deepEqual([nothing.status, bodyOf(nothing).error], [400, 'invalid_request'])
})

test('introspection of a refresh token that was used, or is over, says inactive', async () => {
  const home = house({ refresh_token_validity: '10m' })
  const { refresh_token } = await granted(home)
  const sent = { grant_type: 'refresh_token', refresh_token, ...as('app') }
  const next = bodyOf(await home.post('/application/o/token/', sent)).refresh_token as string
  assert.deepEqual(await introspect(home, refresh_token), { active: false })
  assert.equal((await introspect(home, next)).active, true)
  home.clock.now += 10 * 60_000
  assert.deepEqual(await introspect(home, next), { active: false })
})

test('revoking a refresh token ends its whole family (RFC 7009 §2.1)', async () => {
  const home = house()
  const { access_token, refresh_token } = await granted(home)
  assert.equal(await revoke(home, refresh_token), 200)
  for (const token of [access_token, refresh_token]) assert.deepEqual(await introspect(home, token), { active: false })
  assert.ok(home.types().includes('oauth.token_revoked'))
})

test('revoking an access token ends that one alone', async () => {
  const home = house()
  const { access_token, refresh_token } = await granted(home)
  assert.equal(await revoke(home, access_token), 200)
  assert.deepEqual(await introspect(home, access_token), { active: false })
  assert.equal((await userinfo(home, access_token)).status, 401)
  assert.equal((await introspect(home, refresh_token)).active, true)
})

test('A40 a client cannot revoke the tokens of another, and is not told whose they are', async () => {
  const home = house()
  const { access_token, refresh_token } = await granted(home)
  for (const who of [as('b'), as('sister'), { client_id: 'spa' }]) {
    for (const token of [access_token, refresh_token, 'made-up']) assert.equal(await revoke(home, token, who), 200)
  }
  for (const token of [access_token, refresh_token]) assert.equal((await introspect(home, token)).active, true)
  assert.equal(await revoke(home, access_token, { client_id: 'app', client_secret: 'x' }), 401)
  assert.equal((await home.post('/application/o/revoke/', as('app'))).status, 400)
})
