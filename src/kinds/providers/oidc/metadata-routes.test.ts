import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOf, ES256, ORIGIN, openHouse, RS256 } from '../../../../test/support/oidc-house.ts'

const client = (id: string) => ({
  client_id: id,
  client_secret: { value: 's' },
  redirect_uris: [`https://${id}.example.com/cb`],
})
const DISCOVERY = '/application/o/app/.well-known/openid-configuration'
const house = (over: object = {}, options = {}) =>
  openHouse({ app: { settings: { ...client('app'), ...over } } }, options)

test("the discovery document stands where authentik's stands, and names our addresses", async () => {
  const home = house()
  const response = await home.get(DISCOVERY)
  assert.equal(response.headers?.['content-type'], 'application/json')
  const document = bodyOf(response)
  const base = `${ORIGIN}/application/o`
  assert.deepEqual(
    Object.fromEntries(Object.entries(document).filter(([name]) => /issuer|_endpoint$|jwks_uri/.test(name))),
    {
      issuer: `${base}/app/`,
      authorization_endpoint: `${base}/authorize/`,
      token_endpoint: `${base}/token/`,
      userinfo_endpoint: `${base}/userinfo/`,
      introspection_endpoint: `${base}/introspect/`,
      revocation_endpoint: `${base}/revoke/`,
      end_session_endpoint: `${base}/app/end-session/`,
      jwks_uri: `${base}/app/jwks/`,
    },
  )
  assert.deepEqual(document.id_token_signing_alg_values_supported, ['RS256'])
  assert.deepEqual(document.code_challenge_methods_supported, ['S256'])
  assert.deepEqual(document.response_modes_supported, ['query', 'fragment'])
  assert.deepEqual(document.scopes_supported, [
    'openid',
    'email',
    'profile',
    'groups',
    'entitlements',
    'offline_access',
  ])
  assert.ok((document.claims_supported as string[]).includes('preferred_username'))
})

test('the same document stands where RFC 8414 puts it, with and without the last slash', async () => {
  const home = house()
  const { body } = await home.get(DISCOVERY)
  for (const path of ['app', 'app/']) {
    assert.equal((await home.get(`/.well-known/oauth-authorization-server/application/o/${path}`)).body, body)
  }
})

test("the issuer's own address leads to the document", async () => {
  const response = await house().get('/application/o/app/')
  assert.deepEqual([response.status, response.headers?.location], [302, DISCOVERY])
})

test('G02 the document is of the address that was asked for', async () => {
  const home = house()
  const issuer = async (origin: string) => bodyOf(await home.get(DISCOVERY, { origin })).issuer
  assert.equal(await issuer(ORIGIN), `${ORIGIN}/application/o/app/`)
  assert.equal(await issuer('https://brand.example'), 'https://brand.example/application/o/app/')
  assert.equal(await issuer(ORIGIN), `${ORIGIN}/application/o/app/`)
})

test('tells what is switched on, and only that', async () => {
  const home = house({ compatibility: { pkce_plain: true }, signing_key: 'default-es256' }, { formPost: true })
  const document = bodyOf(await home.get(DISCOVERY))
  assert.deepEqual(document.code_challenge_methods_supported, ['S256', 'plain'])
  assert.deepEqual(document.id_token_signing_alg_values_supported, ['ES256'])
  assert.deepEqual(document.response_modes_supported, ['query', 'fragment', 'form_post'])
})

test('a change of the configuration shows at once', async () => {
  const home = house()
  await home.get(DISCOVERY)
  home.configure({ app: { settings: { ...client('app'), scopes: { extra: { claims: {} } } } } })
  assert.ok((bodyOf(await home.get(DISCOVERY)).scopes_supported as string[]).includes('extra'))
})

test('O07 the key set holds public keys of this application alone, for any script to read', async () => {
  const home = house()
  const response = await home.get('/application/o/app/jwks/')
  assert.equal(response.headers?.['access-control-allow-origin'], '*')
  const { n, e, kty } = RS256.jwk
  assert.deepEqual(bodyOf(response), { keys: [{ kty, n, e, kid: 'rs-1', alg: 'RS256', use: 'sig' }] })
})

test('O07 a rotation shows at once', async () => {
  const home = house()
  await home.get('/application/o/app/jwks/')
  home.keys.set('default-rs256', [RS256, { ...RS256, kid: 'rs-2' }])
  const kids = (bodyOf(await home.get('/application/o/app/jwks/')).keys as { kid: string }[]).map((key) => key.kid)
  assert.deepEqual(kids, ['rs-1', 'rs-2'])
})

test('providers that share the issuer of the root have its document and key set', async () => {
  const shared = { issuer_mode: 'global' }
  const home = openHouse({
    one: { settings: { ...client('one'), ...shared } },
    two: { settings: { ...client('two'), ...shared, signing_key: 'default-es256' } },
    own: { settings: client('own') },
  })
  const root = bodyOf(await home.get('/.well-known/openid-configuration'))
  assert.equal(root.issuer, `${ORIGIN}/`)
  assert.deepEqual(root.id_token_signing_alg_values_supported, ['RS256', 'ES256'])
  assert.equal(root.jwks_uri, `${ORIGIN}/.well-known/jwks.json`)
  assert.equal(bodyOf(await home.get('/application/o/one/.well-known/openid-configuration')).issuer, `${ORIGIN}/`)
  assert.equal((await home.get('/.well-known/oauth-authorization-server')).status, 200)
  const kids = (bodyOf(await home.get('/.well-known/jwks.json')).keys as { kid: string }[]).map((key) => key.kid)
  assert.deepEqual(kids, [RS256.kid, ES256.kid])
})

test('the root has neither where no provider shares it', async () => {
  const home = house()
  for (const path of [
    '/.well-known/openid-configuration',
    '/.well-known/jwks.json',
    '/.well-known/oauth-authorization-server',
  ]) {
    assert.equal((await home.get(path)).status, 404, path)
  }
})

test('an application that is not there has nothing', async () => {
  const home = house()
  for (const path of ['.well-known/openid-configuration', 'jwks/', '']) {
    assert.equal((await home.get(`/application/o/nothing/${path}`)).status, 404, path)
  }
})

test('A64 scripts of the application may read its document, others may not', async () => {
  const home = house()
  const allowed = async (origin: string) =>
    (await home.get(DISCOVERY, { headers: { origin } })).headers?.['access-control-allow-origin']
  assert.equal(await allowed('https://app.example.com'), 'https://app.example.com')
  assert.equal(await allowed('https://app.example.com.evil.example'), undefined)
  assert.equal(await allowed('null'), undefined)
})
