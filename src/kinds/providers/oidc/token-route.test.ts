import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bodyOf } from '../../../../test/support/oidc-house.ts'
import {
  auth,
  begin,
  CALLBACK,
  error,
  exchange,
  granted,
  house,
  post,
  refresh,
  TOKEN,
} from '../../../../test/support/oidc-walk.ts'

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
