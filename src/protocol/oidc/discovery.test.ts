import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeClient } from '../../../test/support/oidc-client.ts'
import { discoveryDocument } from './discovery.ts'
import { jwks } from './jwks.ts'
import { readBearer } from './read-bearer.ts'

test('O07 publishes the public members of a key and no others', () => {
  const secret = { d: 'x', p: 'x', q: 'x', dp: 'x', dq: 'x', qi: 'x', k: 'x', oth: [] }
  const key = { kid: '1', algorithm: 'RS256', jwk: { kty: 'RSA', n: 'n', e: 'AQAB', kid: 'other', ...secret } }
  assert.deepEqual(jwks([key]), { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', kid: '1', alg: 'RS256', use: 'sig' }] })
})

test('names what is there and nothing else (OpenID Connect Discovery §3, RFC 8414 §2)', () => {
  const document = discoveryDocument({
    base: 'https://auth.example.com/id',
    issuerPath: '/application/o/app/',
    jwksPath: '/application/o/app/jwks/',
    endSessionPath: null,
    clients: [makeClient({ grantTypes: ['authorization_code'] })],
    algorithms: ['ES256'],
    scopes: ['openid', 'email'],
    claims: ['email'],
    responseModes: ['query'],
    challengeMethods: ['S256'],
  })
  assert.equal(document.issuer, 'https://auth.example.com/id/application/o/app/')
  assert.equal(document.token_endpoint, 'https://auth.example.com/id/application/o/token/')
  assert.deepEqual(document.response_types_supported, ['code'])
  assert.deepEqual(document.grant_types_supported, ['authorization_code'])
  assert.deepEqual(document.code_challenge_methods_supported, ['S256'])
  assert.deepEqual(document.id_token_signing_alg_values_supported, ['ES256'])
  assert.equal(document.request_uri_parameter_supported, false)
  assert.equal(document.authorization_response_iss_parameter_supported, true)
  assert.equal(document.end_session_endpoint, undefined)
  assert.equal(document.device_authorization_endpoint, undefined)
})

test('A59 reads an access token in the header or the form, never in both', () => {
  const of = (header?: string, form?: string) => {
    const found = readBearer(header, form === undefined ? null : new URLSearchParams(form))
    return found.ok ? found.value : found.error.code
  }
  assert.equal(of('Bearer abc.d-_~+/='), 'abc.d-_~+/=')
  assert.equal(of(undefined, 'access_token=abc'), 'abc')
  assert.equal(of(), null)
  assert.equal(of('Basic abc'), null)
  assert.equal(of(undefined, 'access_token='), null)
  assert.equal(of('Bearer abc', 'access_token=abc'), 'invalid_request')
  assert.equal(of(undefined, 'access_token=a&access_token=b'), 'invalid_request')
  for (const header of ['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "a"'])
    assert.equal(of(header), 'invalid_request', header)
})
