import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeClient } from '../../../../test/support/oidc-client.ts'
import { secret } from '../../../base/secret.ts'
import type { Client } from '../client.ts'
import { authenticateClient, readCredentials } from './authenticate-client.ts'
import { checkGrantType } from './check-grant-type.ts'
import { checkVerifier } from './check-verifier.ts'
import { judgeCode } from './grant-authorization-code.ts'
import { isAppPasswordAlone, judgeClientCredentials } from './grant-client-credentials.ts'
import { judgeRefresh } from './grant-refresh-token.ts'
import { readBasic } from './read-basic.ts'
import { tokenResponse } from './token-response.ts'

type Sent = Readonly<Record<string, string>>
const parameters = (sent: Sent) => new Map(Object.entries(sent))
const basic = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`

const authenticate = (header: string | undefined, sent: Sent, over: Partial<Client> = {}): string => {
  const client = makeClient({ id: 'app', secret: secret('s3cret'), ...over })
  const credentials = readCredentials(header, parameters(sent))
  if (!credentials.ok) return credentials.error.code
  const judged = authenticateClient(credentials.value, credentials.value.id === client.id ? client : undefined)
  return judged.ok ? 'ok' : judged.error.code
}

test('A53 refuses two ways of authentication at once, also where both are right', () => {
  assert.equal(authenticate(basic('app:s3cret'), { client_secret: 's3cret' }), 'invalid_client')
  assert.equal(authenticate(basic('app:s3cret'), { client_id: 'app', client_secret: 's3cret' }), 'invalid_client')
  assert.equal(authenticate(basic('app:s3cret'), { client_id: 'other' }), 'invalid_client')
  assert.equal(authenticate(basic('app:s3cret'), { client_assertion: 'x' }), 'invalid_client')
  assert.equal(
    authenticate(undefined, { client_id: 'app', client_secret: 's3cret', client_assertion: 'x' }),
    'invalid_client',
  )
})

test('A53 refuses a missing, empty or wrong secret, and a client that nobody knows', () => {
  assert.equal(authenticate(undefined, { client_id: 'app' }), 'invalid_client')
  assert.equal(authenticate(undefined, { client_id: 'app', client_secret: 'wrong' }), 'invalid_client')
  assert.equal(authenticate(basic('app:'), {}), 'invalid_client')
  assert.equal(authenticate(basic('app:S3cret'), {}), 'invalid_client')
  assert.equal(authenticate(basic('nobody:s3cret'), {}), 'invalid_client')
  assert.equal(authenticate(undefined, {}), 'invalid_client')
  assert.equal(authenticate('Bearer abc', { client_id: 'app', client_secret: 's3cret' }), 'invalid_client')
})

test('A53 refuses a way that is not the registered one', () => {
  const onlyBasic = { authMethods: ['client_secret_basic'] } as const
  assert.equal(authenticate(undefined, { client_id: 'app', client_secret: 's3cret' }, onlyBasic), 'invalid_client')
  assert.equal(authenticate(basic('app:s3cret'), {}, onlyBasic), 'ok')
  const onlyPost = { authMethods: ['client_secret_post'] } as const
  assert.equal(authenticate(basic('app:s3cret'), {}, onlyPost), 'invalid_client')
  assert.equal(authenticate(undefined, { client_id: 'app', client_secret: 's3cret' }, onlyPost), 'ok')
})

test('A53 a public client has no secret, and may not send one', () => {
  const open = { authMethods: ['none'], secret: null } as const
  assert.equal(authenticate(undefined, { client_id: 'app' }, open), 'ok')
  assert.equal(authenticate(undefined, { client_id: 'app', client_secret: 'x' }, open), 'invalid_client')
  assert.equal(authenticate(basic('app:'), {}, open), 'invalid_client')
})

test('A53 a client without a stored secret is let in by none, the empty one included', () => {
  for (const sent of ['', '\0', 'x']) {
    const credentials = { id: 'app', secret: sent, method: 'client_secret_post' } as const
    assert.equal(authenticateClient(credentials, makeClient({ secret: null })).ok, false)
  }
})

test('takes Basic and the form, and a client_id beside Basic that says the same', () => {
  assert.equal(authenticate(basic('app:s3cret'), {}), 'ok')
  assert.equal(authenticate(basic('app:s3cret'), { client_id: 'app' }), 'ok')
  assert.equal(authenticate(undefined, { client_id: 'app', client_secret: 's3cret' }), 'ok')
})

test('A54 takes only the form-encoded reading of Basic (RFC 6749 §2.3.1)', () => {
  for (const raw of ['a:b', '100%', 'a+b', 'a b', 'grün', 'a%2Bb', ':', '%']) {
    const encoded = new URLSearchParams([['', raw]]).toString().slice(1)
    assert.equal(authenticate(basic(`app:${encoded}`), {}, { secret: secret(raw) }), 'ok', raw)
    assert.equal(authenticate(basic(`app:${raw}`), {}, { secret: secret(raw) }), 'invalid_client', raw)
  }
  const utf8 = `Basic ${Buffer.from('app:grün', 'utf8').toString('base64')}`
  assert.equal(authenticate(utf8, {}, { secret: secret('grün') }), 'invalid_client')
})

test('A54 decodes the client id as well, and splits at the first colon', () => {
  assert.deepEqual(readBasic(basic('my%3Aapp+1:se%3Acret')), { id: 'my:app 1', secret: 'se:cret' })
  assert.equal(readBasic(basic('app:se:cret')), null)
})

test('reads no Authorization header that is not Basic in canonical base64', () => {
  for (const header of [
    '',
    'Basic',
    'Basic ',
    'Basic !!!!',
    'Basic YXBwOnM= x',
    'Digest YXBwOnM=',
    'Basic YXBw',
    'Basic OnM=',
  ]) {
    assert.equal(readBasic(header), null, header)
  }
  assert.equal(readBasic('Basic YXBwOnN='), null, 'bits left over')
  assert.deepEqual(readBasic('basic YXBwOnM='), { id: 'app', secret: 's' })
  assert.equal(readBasic(basic('app:%00')), null)
})

test('reading a Basic header never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => readBasic(`Basic ${Buffer.from(text).toString('base64')}`) !== undefined),
  )
  fc.assert(fc.property(fc.string(), (text) => readBasic(text) !== undefined))
})

const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const S256 = { method: 'S256', challenge: createHash('sha256').update(verifier).digest('base64url') } as const

test('A17 refuses a missing verifier where a challenge was kept', () => {
  assert.equal(checkVerifier(S256, undefined).ok, false)
})

test('A18 refuses a verifier where no challenge was kept', () => {
  assert.equal(checkVerifier(null, verifier).ok, false)
  assert.equal(checkVerifier(null, undefined).ok, true)
})

test('A19 refuses a verifier of the wrong length, wrong letters, or equal to the challenge', () => {
  const of = (length: number) => {
    const text = 'a'.repeat(length)
    return checkVerifier({ method: 'S256', challenge: createHash('sha256').update(text).digest('base64url') }, text).ok
  }
  assert.deepEqual([of(42), of(43), of(128), of(129)], [false, true, true, false])
  assert.equal(checkVerifier(S256, S256.challenge).ok, false)
  assert.equal(checkVerifier(S256, `${verifier.slice(0, 42)}+`).ok, false)
  assert.equal(checkVerifier({ method: 'plain', challenge: verifier }, `${verifier}a`).ok, false)
})

test("takes the verifier of RFC 7636's own example", () => {
  assert.equal(S256.challenge, 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  assert.equal(checkVerifier(S256, verifier).ok, true)
})

const kept = { clientId: 'app', redirectUri: 'https://app.example.com/cb', challenge: S256 }
const exchange = (sent: Sent, client = makeClient()) => {
  const judged = judgeCode(kept, client, parameters(sent))
  return judged.ok ? 'ok' : judged.error.code
}
const right = { redirect_uri: kept.redirectUri, code_verifier: verifier }

test('A11 refuses a redirect_uri that differs or is missing (RFC 6749 §4.1.3)', () => {
  assert.equal(exchange({ code_verifier: verifier }), 'invalid_grant')
  assert.equal(exchange({ ...right, redirect_uri: 'https://app.example.com/cb/' }), 'invalid_grant')
  assert.equal(exchange(right), 'ok')
})

test('A16 refuses the code of another client', () => {
  assert.equal(exchange(right, makeClient({ id: 'b' })), 'invalid_grant')
})

const refresh = (scope: string | undefined, over: Partial<Client> = {}, clientId = 'app') => {
  const granted = { clientId, scopes: ['openid', 'email', 'offline_access'] }
  const judged = judgeRefresh(granted, makeClient(over), parameters(scope === undefined ? {} : { scope }))
  return judged.ok ? judged.value.join(' ') : judged.error.code
}

test('A31 refuses the refresh token of another client', () => {
  assert.equal(refresh(undefined, {}, 'other'), 'invalid_grant')
})

test('A34 refuses a scope beyond the grant, and narrows within it (RFC 6749 §6)', () => {
  assert.equal(refresh('openid profile'), 'invalid_scope')
  assert.equal(refresh('"'), 'invalid_scope')
  assert.equal(refresh('openid'), 'openid')
  assert.equal(refresh(undefined), 'openid email offline_access')
})

test('A35 gives no scope that the provider has lost since', () => {
  assert.equal(refresh(undefined, { scopes: ['openid'] }), 'openid')
})

const machine = {
  grantTypes: ['client_credentials', 'password'],
  scopes: ['openid', 'email', 'offline_access'],
} as const
const act = (sent: Sent, over: Partial<Client> = {}) => {
  const judged = judgeClientCredentials(makeClient({ ...machine, ...over }), parameters(sent))
  return judged.ok ? judged.value : judged.error.code
}

test('A35 client credentials get configured scopes only, and none that needs a person', () => {
  const given = { scopes: ['email'], account: null }
  assert.deepEqual(act({ scope: 'openid email admin:all offline_access' }), given)
  assert.deepEqual(act({}), { scopes: [], account: null })
  assert.equal(act({ scope: '"' }), 'invalid_scope')
})

test('a public client cannot act for itself (RFC 6749 §4.4)', () => {
  assert.equal(act({}, { authMethods: ['none'], secret: null }), 'unauthorized_client')
})

test('an app password comes with its username, and stands for its account', () => {
  assert.equal(act({ username: 'bot' }), 'invalid_request')
  assert.equal(act({ password: 'x' }), 'invalid_request')
  assert.equal(act({ grant_type: 'password' }), 'invalid_request')
  const account = { username: 'bot', password: 'x' }
  assert.deepEqual(act({ ...account, scope: 'openid offline_access' }), { scopes: ['openid'], account })
})

test('A53 an app password alone is enough only where an administrator said so, and for its own grant', () => {
  const sent = { grant_type: 'client_credentials', username: 'bot', password: 'x' }
  const alone = (over: Partial<Client>, given: Sent, method: 'none' | 'client_secret_post' = 'none') =>
    isAppPasswordAlone(makeClient(over), method, parameters(given))
  assert.equal(alone({}, sent), false)
  assert.equal(alone({ appPasswordAlone: true }, sent), true)
  assert.equal(alone({ appPasswordAlone: true }, sent, 'client_secret_post'), false)
  assert.equal(alone({ appPasswordAlone: true }, { ...sent, grant_type: 'authorization_code' }), false)
  assert.equal(alone({ appPasswordAlone: true }, { grant_type: 'client_credentials' }), false)
})

test('A55 refuses grant types that are unknown or not registered', () => {
  const of = (sent: Sent) => {
    const judged = checkGrantType(makeClient(), parameters(sent))
    return judged.ok ? judged.value : judged.error.code
  }
  assert.equal(of({}), 'invalid_request')
  assert.equal(of({ grant_type: 'implicit' }), 'unsupported_grant_type')
  assert.equal(of({ grant_type: 'toString' }), 'unsupported_grant_type')
  assert.equal(of({ grant_type: 'password' }), 'unauthorized_client')
  assert.equal(of({ grant_type: 'client_credentials' }), 'unauthorized_client')
  assert.equal(of({ grant_type: 'refresh_token' }), 'refresh_token')
})

test('the answer names the scope that was given, and leaves out what was not (RFC 6749 §5.1)', () => {
  const issued = {
    accessToken: 'a',
    validFor: 3_600_000,
    scopes: ['openid', 'email'],
    refreshToken: null,
    idToken: null,
  }
  assert.deepEqual(JSON.parse(JSON.stringify(tokenResponse(issued))), {
    access_token: 'a',
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'openid email',
  })
})
