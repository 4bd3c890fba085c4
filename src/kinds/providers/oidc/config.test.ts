import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSettings, type Settings } from '../../../../test/support/oidc-house.ts'
import { parse } from '../../../base/schema.ts'
import { OidcConfig } from './config.ts'
import { oidc } from './index.ts'

const client = { client_id: 'app', client_secret: { value: 's3cret' }, redirect_uris: ['https://app.example.com/cb'] }
const issues = (settings: Settings): Record<string, string> => {
  const compiled = compileSettings(settings)
  return compiled.ok ? {} : Object.fromEntries(compiled.error.map((issue) => [issue.path, issue.message]))
}
const compile = (settings: Settings) => {
  const compiled = compileSettings(settings)
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.error))
  return compiled.value
}

test('the shortest settings are a confidential client with safe defaults', () => {
  const provider = compile(client)
  const made = provider.clients.get('app')
  assert.deepEqual(made?.authMethods, ['client_secret_basic', 'client_secret_post'])
  assert.deepEqual(made?.grantTypes, ['authorization_code', 'refresh_token'])
  assert.equal(made?.requirePkce, false)
  assert.deepEqual(
    [provider.subMode, provider.issuerMode, provider.signingKey, provider.codeValidity, provider.accessTokenValidity],
    ['hashed_user_id', 'per_provider', 'default-rs256', 60_000, 3_600_000],
  )
  assert.equal(provider.refreshTokenValidity, 30 * 86_400_000)
  assert.deepEqual(provider.consent, { mode: 'implicit', validity: null })
})

test('every compatibility switch is off unless switched on', () => {
  const parsed = parse(OidcConfig, client)
  assert.ok(parsed.ok)
  if (parsed.ok) assert.ok(Object.values(parsed.value.compatibility).every((on) => on === false))
})

test('A18 a public client must send a challenge, unless somebody decided otherwise', () => {
  const open = { client_id: 'spa', token_endpoint_auth_method: 'none' }
  assert.equal(compile(open).clients.get('spa')?.requirePkce, true)
  assert.equal(compile({ ...open, require_pkce: false }).clients.get('spa')?.requirePkce, false)
})

test('a client says how it authenticates: a secret, or none by name', () => {
  assert.match(issues({ client_id: 'app' }).client_secret ?? '', /is required/)
  assert.match(issues({ ...client, token_endpoint_auth_method: 'none' }).client_secret ?? '', /has no secret/)
  assert.match(issues({ ...client, client_secret: { env: 'X' } }).client_secret ?? '', /not stored/)
})

test('A07 refuses a fragment in a redirect URI where it is registered', () => {
  const found = issues({ ...client, redirect_uris: ['https://app/cb#x'], post_logout_redirect_uris: ['https://app/#'] })
  assert.match(found['redirect_uris[0]'] ?? '', /fragment/)
  assert.match(found['post_logout_redirect_uris[0]'] ?? '', /fragment/)
})

test('A03 refuses dangerous schemes, and tells what else cannot be a redirect URI', () => {
  const bad = ['javascript:alert(1)', 'data:x', 'https://a@app/cb', '/cb', 'https://app/ cb', 'https://app/cb/*']
  const found = issues({ ...client, redirect_uris: bad })
  assert.deepEqual(
    Object.keys(found),
    bad.map((_, index) => `redirect_uris[${index}]`),
  )
  assert.match(found['redirect_uris[5]'] ?? '', /regex/)
})

test('M04 refuses a pattern that RE2 does not know', () => {
  for (const regex of ['(', '(?=x)', '(a)\\1', 'a{1000}{1000}{1000}']) {
    assert.match(issues({ ...client, redirect_uris: [{ regex }] })['redirect_uris[0]'] ?? '', /RE2/, regex)
  }
})

test('several clients stand under one issuer, each with an id of its own', () => {
  const more = { web: { ...client, client_id: 'web' }, cli: { client_id: 'cli', token_endpoint_auth_method: 'none' } }
  assert.deepEqual([...compile({ ...client, clients: more }).clients.keys()], ['app', 'web', 'cli'])
  assert.equal(compile({ clients: more }).main, null)
  assert.deepEqual(issues({ ...client, clients: { again: client } }), { 'clients.again.client_id': 'is there twice' })
  assert.match(issues({}).client_id ?? '', /is required/)
  assert.match(issues({ clients: more, redirect_uris: ['https://a.example/'] }).redirect_uris ?? '', /client_id/)
})

test('every client id is unique in the instance', () => {
  const parsed = parse(OidcConfig, { ...client, clients: { web: { ...client, client_id: 'web' } } })
  assert.ok(parsed.ok)
  if (!parsed.ok) return
  assert.deepEqual(oidc.lookups(parsed.value), [
    { kind: 'client_id', key: 'app' },
    { kind: 'client_id', key: 'web' },
  ])
})

test('tells an unknown setting and the nearest right one, in a client of the map too', () => {
  const found = issues({ ...client, clients: { web: { ...client, redirect_uri: [] } } })
  assert.match(found['clients.web.redirect_uri'] ?? '', /redirect_uris/)
})

test('refuses a key pair that does not stand, and lifetimes that cannot be meant', () => {
  assert.match(issues({ ...client, signing_key: 'gone' }).signing_key ?? '', /no key pair "gone"/)
  assert.match(issues({ ...client, access_token_validity: '0s' }).access_token_validity ?? '', /a second/)
  assert.match(issues({ ...client, access_code_validity: '11m' }).access_code_validity ?? '', /ten minutes/)
})

test('checks expressions where they are written', () => {
  const found = issues({
    ...client,
    scopes: { nextcloud: { claims: { quota: 'user.attributs.quota', ok: '"10 GB"' } } },
    claims: { department: 'user.' },
  })
  assert.deepEqual(Object.keys(found).sort(), ['claims.department', 'scopes.nextcloud.claims.quota'])
})

test('a mapping cannot set what belongs to the token itself', () => {
  for (const name of ['sub', 'iss', 'aud', 'exp', 'nonce', 'scope', 'client_id', 'acr', 'jti']) {
    assert.match(issues({ ...client, claims: { [name]: '"x"' } })[`claims.${name}`] ?? '', /cannot be set/, name)
    const scoped = issues({ ...client, scopes: { x: { claims: { [name]: '"x"' } } } })
    assert.match(scoped[`scopes.x.claims.${name}`] ?? '', /cannot be set/, name)
  }
})

test('H11 a claim or scope cannot be named like a prototype', () => {
  assert.notDeepEqual(issues({ ...client, claims: JSON.parse('{"__proto__":"1"}') }), {})
  assert.notDeepEqual(issues({ ...client, scopes: { constructor: { claims: {} } } }), {})
})
