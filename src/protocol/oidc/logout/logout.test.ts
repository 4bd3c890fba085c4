import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeClient } from '../../../../test/support/oidc-client.ts'
import { RS256, signerFor } from '../../../../test/support/oidc-house.ts'
import { signJws } from '../../jose/sign-jws.ts'
import { judgeLogout, type LogoutContext } from './judge-logout.ts'
import { readIdTokenHint } from './read-id-token-hint.ts'

const now = Date.UTC(2030, 0, 1)
const claims = {
  iss: 'https://auth.example.com/application/o/app/',
  aud: 'app',
  sub: 'ana',
  sid: 's1',
  iat: now / 1000 - 90_000,
  exp: now / 1000 - 86_400,
}
const read = async (over: object = {}, type = 'JWT') => {
  const text = await signJws(type, { ...claims, ...over }, signerFor(RS256))
  const found = readIdTokenHint(
    text,
    (id) => (id === 'app' ? { keys: [RS256], issuerPath: '/application/o/app/' } : undefined),
    now,
  )
  return found.ok ? found.value : found.error.code
}

test('A41 takes an ID token of any age as a hint, and neither an access nor a logout token', async () => {
  assert.deepEqual(await read(), { clientId: 'app', subject: 'ana', sid: 's1' })
  assert.equal(await read({}, 'at+jwt'), 'wrong_type')
  assert.equal(await read({}, 'logout+jwt'), 'wrong_type')
})

test('refuses a hint of another issuer, for nobody we know, or about nobody', async () => {
  assert.equal(await read({ iss: 'https://evil.example/' }), 'malformed')
  assert.equal(await read({ aud: 'other' }), 'unknown_key')
  assert.equal(await read({ aud: ['app'] }), 'unknown_key')
  assert.equal(await read({ sub: undefined }), 'malformed')
  assert.equal(await read({ exp: 'never' }), 'bad_time')
})

test('A21 takes no hint that nobody signed', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const unsigned = `${part({ alg: 'none', typ: 'JWT', kid: RS256.kid })}.${part(claims)}.`
  const found = readIdTokenHint(unsigned, () => ({ keys: [RS256], issuerPath: '/application/o/app/' }), now)
  assert.equal(found.ok, false)
})

const a = makeClient({ id: 'app', postLogoutRedirectUris: ['https://app.example.com/bye'] })
const b = makeClient({ id: 'b', postLogoutRedirectUris: ['https://b.example.com/bye'] })
const hint = { clientId: 'app', subject: 'ana', sid: 's1' }
const judge = (sent: Readonly<Record<string, string>>, over: Partial<LogoutContext> = {}) => {
  const judged = judgeLogout(new Map(Object.entries(sent)), {
    hint: null,
    client: (id) => [a, b].find((client) => client.id === id),
    unnamed: null,
    session: { subject: 'ana', sid: 's1' },
    ...over,
  })
  return `${judged.session} ${judged.redirect?.location ?? '-'}`
}
const bye = { post_logout_redirect_uri: 'https://app.example.com/bye' }

test('A48 asks first where no hint belongs to the session', () => {
  assert.equal(judge({}), 'ask -')
  assert.equal(judge({ client_id: 'app' }), 'ask -')
  assert.equal(judge({}, { hint: { ...hint, subject: 'ben' } }), 'ask -')
  assert.equal(judge({}, { hint: { ...hint, sid: 's0' } }), 'ask -')
})

test('ends the session of the hint', () => {
  assert.equal(judge({}, { hint }), 'end -')
  assert.equal(judge({}, { hint: { ...hint, sid: null } }), 'end -')
  assert.equal(judge({}, { hint, session: null }), 'none -')
})

test('A47 goes only to an address of the very client that asks', () => {
  assert.equal(judge(bye, { hint }), 'end https://app.example.com/bye')
  assert.equal(judge({ ...bye, client_id: 'app' }), 'ask https://app.example.com/bye')
  assert.equal(judge({ post_logout_redirect_uri: 'https://b.example.com/bye' }, { hint }), 'end -')
  assert.equal(judge({ post_logout_redirect_uri: 'https://evil.example/' }, { hint }), 'end -')
  assert.equal(judge({ post_logout_redirect_uri: 'https://app.example.com/bye/' }, { hint }), 'end -')
  assert.equal(judge({ post_logout_redirect_uri: 'https://app.example.com/bye?x=1' }, { hint }), 'end -')
  assert.equal(judge({ ...bye, client_id: 'b' }, { hint }), 'end -', 'hint and client_id disagree')
  assert.equal(judge({ ...bye, client_id: 'nobody' }), 'ask -')
})

test('A47 stays here without a hint and without a client_id, unless an administrator named a client for that', () => {
  assert.equal(judge(bye), 'ask -')
  assert.equal(judge(bye, { unnamed: a }), 'ask https://app.example.com/bye')
})

test('hands the state on (RP-Initiated Logout §3)', () => {
  assert.equal(judge({ ...bye, state: 'a b&c' }, { hint }), 'end https://app.example.com/bye?state=a+b%26c')
})
