import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { ES256, RS256, signerFor } from '../../../../test/support/oidc-house.ts'
import { systemRandom } from '../../../base/random.ts'
import { signJws } from '../../jose/sign-jws.ts'
import { accessTokenClaims, grantIdOf } from './access-token.ts'
import { BUILTIN_SCOPES } from './builtin-scopes.ts'
import { idTokenClaims } from './id-token.ts'
import { type IssuerOf, readAccessToken } from './read-access-token.ts'
import { isReservedClaim } from './reserved-claims.ts'
import { type SubMode, subject } from './subject.ts'
import type { TokenSubject } from './token-claims.ts'

const INSTALL = '5b0b1f3e-1111-4222-8333-944455556666'
const ana = { number: 42, uuid: 'u-u-i-d', username: 'ana', verifiedEmail: 'ana@example.com', upn: 'ana@corp' }
const sub = (mode: SubMode, over: Partial<typeof ana> | { verifiedEmail: null; upn: null } = {}) =>
  subject(mode, { ...ana, ...over }, INSTALL)
const hashed = createHash('sha256').update(`42-${INSTALL}`).digest('hex')

test("computes authentik's subjects character by character (contracts §1.3)", () => {
  assert.equal(sub('hashed_user_id'), hashed)
  assert.equal(sub('user_id'), '42')
  assert.equal(sub('user_uuid'), 'u-u-i-d')
  assert.equal(sub('user_username'), 'ana')
  assert.equal(sub('user_email'), 'ana@example.com')
  assert.equal(sub('user_upn'), 'ana@corp')
})

test('G16 gives no empty subject that two people could share', () => {
  for (const mode of ['user_email', 'user_upn'] as const) {
    assert.equal(sub(mode, { verifiedEmail: null, upn: null }), hashed)
    assert.equal(sub(mode, { verifiedEmail: '', upn: '' }), hashed)
  }
})

const now = Date.UTC(2030, 0, 1)
const of: TokenSubject = {
  issuer: 'https://auth.example.com/application/o/app/',
  subject: 'ana',
  clientId: 'app',
  now,
  expiresAt: now + 3_600_000,
  signIn: { authTime: now - 60_999, amr: ['pwd', 'otp', 'mfa'], acr: 'phr', sid: 'sid' },
}
const GRANT = '01890a5d-ac96-774b-bcce-b302099a8057'
const plain = (claims: object) => JSON.parse(JSON.stringify(claims))

test('an ID token says what OpenID Connect Core §2 asks for, in whole seconds', () => {
  const token = {
    ...of,
    jti: 'j',
    nonce: 'n',
    accessToken: 'at',
    algorithm: 'RS256',
    about: { email: 'a@example.com' },
  }
  const half = createHash('sha256').update('at').digest().subarray(0, 16).toString('base64url')
  assert.deepEqual(plain(idTokenClaims(token)), {
    email: 'a@example.com',
    iss: of.issuer,
    sub: 'ana',
    aud: 'app',
    exp: now / 1000 + 3600,
    iat: now / 1000,
    auth_time: now / 1000 - 61,
    acr: 'phr',
    amr: ['pwd', 'otp', 'mfa'],
    sid: 'sid',
    nonce: 'n',
    jti: 'j',
    at_hash: half,
  })
})

test('at_hash goes with the algorithm of the signature (OpenID Connect Core §3.1.3.6)', () => {
  const hash = (algorithm: string) =>
    idTokenClaims({ ...of, jti: 'j', nonce: undefined, accessToken: 'at', algorithm, about: {} }).at_hash
  const left = (name: string, bytes: number) =>
    createHash(name).update('at').digest().subarray(0, bytes).toString('base64url')
  assert.equal(hash('ES384'), left('sha384', 24))
  assert.equal(hash('ES512'), left('sha512', 32))
  assert.equal(hash('EdDSA'), left('sha512', 32))
})

test('what is told of a person cannot stand in for what the token says of itself', () => {
  const about = { iss: 'evil', sub: 'admin', aud: 'other', exp: 1, nonce: 'x', scope: 'all', client_id: 'b', azp: 'b' }
  const id = plain(idTokenClaims({ ...of, jti: 'j', nonce: 'n', accessToken: 'at', algorithm: 'RS256', about }))
  assert.deepEqual([id.iss, id.sub, id.aud, id.nonce], [of.issuer, 'ana', 'app', 'n'])
  const access = plain(accessTokenClaims({ ...of, grantId: GRANT, scopes: ['openid'], about }, systemRandom))
  assert.deepEqual(
    [access.iss, access.sub, access.aud, access.scope, access.client_id, access.azp],
    [of.issuer, 'ana', 'app', 'openid', 'app', 'app'],
  )
  for (const name of Object.keys(about)) assert.ok(isReservedClaim(name), name)
})

test('an access token names its grant in its jti, and carries azp and uid (RFC 9068 §2.2)', () => {
  const claims = accessTokenClaims({ ...of, grantId: GRANT, scopes: ['openid', 'email'], about: {} }, systemRandom)
  assert.equal(grantIdOf(String(claims.jti)), GRANT)
  assert.match(String(claims.uid), /^[A-Za-z0-9_-]{40}$/)
  assert.deepEqual([claims.azp, claims.client_id, claims.scope], ['app', 'app', 'openid email'])
  for (const jti of ['', GRANT, `${GRANT}.`, `x${claims.jti}`, `${claims.jti}x`])
    assert.equal(grantIdOf(jti), null, jti)
})

test('tells of a client that acts for itself nothing about a sign-in', () => {
  const claims = plain(accessTokenClaims({ ...of, signIn: null, grantId: GRANT, scopes: [], about: {} }, systemRandom))
  for (const name of ['auth_time', 'acr', 'amr', 'sid']) assert.ok(!(name in claims), name)
})

const issuerOf: IssuerOf = (id) => (id === 'app' ? { keys: [RS256], issuerPath: '/application/o/app/' } : undefined)
const base = accessTokenClaims({ ...of, grantId: GRANT, scopes: ['openid'], about: {} }, systemRandom)
const read = async (over: object = {}, type = 'at+jwt', key = RS256) => {
  const text = await signJws(type, { ...base, ...over }, signerFor(key))
  const found = readAccessToken(text, issuerOf, now + 1000)
  return found.ok ? 'ok' : found.error.code
}

test('A41 takes no ID token, logout token or refresh token for an access token', async () => {
  assert.equal(await read({}, 'JWT'), 'wrong_type')
  assert.equal(await read({}, 'logout+jwt'), 'wrong_type')
  assert.equal(readAccessToken('opaque-refresh-token', issuerOf, now).ok, false)
})

test('A22 takes the key of the client that the token names, and no other of ours', async () => {
  assert.equal(await read({}, 'at+jwt', ES256), 'unknown_key')
  assert.equal(await read({ client_id: 'other' }), 'unknown_key')
})

test('refuses an access token with another audience, issuer or shape', async () => {
  assert.equal(await read({ aud: 'other' }), 'malformed')
  assert.equal(await read({ aud: ['app'] }), 'malformed')
  assert.equal(await read({ iss: 'https://auth.example.com/application/o/other/' }), 'malformed')
  assert.equal(await read({ iss: 'https://auth.example.com/x/application/o/app/' }), 'malformed')
  assert.equal(await read({ iss: 'https://auth.example.com/application/o/app/?x' }), 'malformed')
  assert.equal(await read({ jti: GRANT }), 'malformed')
  assert.equal(await read({ scope: ['openid'] }), 'malformed')
  assert.equal(await read({ sub: 5 }), 'malformed')
})

test('an access token is over the moment it expires', async () => {
  assert.equal(await read({ exp: now / 1000 + 2 }), 'ok')
  assert.equal(await read({ exp: now / 1000 + 1 }), 'expired')
})

test('takes an access token that was issued under another address of the same house', async () => {
  assert.equal(await read({ iss: 'https://brand.example/application/o/app/' }), 'ok')
})

test("the built-in scopes tell what authentik's tell (contracts §1.12)", () => {
  const who = { username: 'ana', name: 'Ana Example', email: 'a@example.com', emailVerified: true, groups: ['Staff'] }
  const told = (
    scope: string,
    person: Parameters<NonNullable<(typeof BUILTIN_SCOPES)[string]>['claims'][string]>[0] = who,
  ) =>
    Object.fromEntries(
      Object.entries(BUILTIN_SCOPES[scope]?.claims ?? {}).map(([name, claim]) => [name, claim(person)]),
    )
  assert.deepEqual(told('openid'), {})
  assert.deepEqual(told('email'), { email: 'a@example.com', email_verified: true })
  assert.deepEqual(told('email', { ...who, email: null }), { email: null, email_verified: null })
  assert.deepEqual(told('profile'), {
    name: 'Ana Example',
    given_name: 'Ana Example',
    preferred_username: 'ana',
    nickname: 'ana',
    groups: ['Staff'],
  })
  assert.deepEqual(told('groups'), { groups: ['Staff'] })
  assert.deepEqual(told('entitlements'), { entitlements: [], roles: [] })
})
