import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applicationsWith } from '../../../test/support/configuration-world.ts'
import { toyKinds } from '../../../test/support/toy-provider.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Issue } from '../../base/schema.ts'
import { PERMISSIONS } from '../../domain/permissions/permission.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { compileExpression } from '../../policy/expression/compile-expression.ts'
import { readSpec } from '../read-spec.ts'
import { brandType } from './brand-type.ts'
import { keypairType } from './keypair-type.ts'
import { checkLaunchUrl, fillLaunchUrl } from './launch-url.ts'
import { roleType } from './role-type.ts'
import { settingsType } from './settings-type.ts'

const compile = <Spec, Compiled>(type: ResourceType<Spec, Compiled>, spec: JsonObject) => {
  const read = readSpec(type as ResourceType, spec, type.version)
  if (!read.ok) return read
  const identity = { id: 'id', slug: 'slug', organisation: 'main', revision: 1 }
  // `readSpec` checked it against the type's schema.
  return type.compile(read.value as Spec, identity, {
    expression: compileExpression,
    secret: () => undefined,
    get: () => undefined,
  })
}
const paths = (result: { ok: boolean; error?: Issue[] }): string[] => (result.error ?? []).map((issue) => issue.path)

test('L03 refuses an address that runs a script, however it is spelt', () => {
  for (const text of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'java\tscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://a.example/1',
    'file:///etc/passwd',
    'view-source:https://a.example',
    '%(username)s',
    'javascript:%(username)s',
    '//evil.example',
    '/relative',
    '',
  ]) {
    assert.notEqual(checkLaunchUrl(text), null, JSON.stringify(text))
    const spec = { name: 'A', launch_url: text }
    assert.deepEqual(paths(compile(applicationsWith(), spec)), ['launch_url'], JSON.stringify(text))
  }
})

test('takes http, https and the programmes of the list', () => {
  for (const text of [
    'https://cloud.example.com/',
    'http://nas.lan:5000',
    'ssh://host',
    'rdp://host',
    'mailto:a@b.c',
  ]) {
    assert.equal(checkLaunchUrl(text), null, text)
  }
})

test('I13 fills in the person’s name and address, and nothing else of them', () => {
  for (const text of [
    'https://a.example/%(password)s',
    'https://a.example/%(user.password)s',
    'https://a.example/{user.password}',
    'https://a.example/{{7*7}}',
    'https://a.example/%(__class__)s',
    'https://a.example/%(username',
    'https://%(username)s.example/',
    'https:%(username)s',
    'https:\\\\%(name)s/x',
    'ssh://%(username)s',
    'https://user:pass@a.example/',
  ]) {
    assert.notEqual(checkLaunchUrl(text), null, text)
  }
  const url = 'https://a.example/u/%(username)s?mail=%(email)s'
  assert.equal(checkLaunchUrl(url), null)
  assert.equal(
    fillLaunchUrl(url, { username: 'a/../b?x', email: 'a&b@c.d', name: '' }),
    'https://a.example/u/a%2F..%2Fb%3Fx?mail=a%26b%40c.d',
  )
})

test('one schema describes every kind of provider, for OpenAPI and forms', () => {
  const schema = JSON.parse(JSON.stringify(applicationsWith().schema))
  const [providers] = Object.values(schema.properties.providers.patternProperties) as { anyOf: JsonObject[] }[]
  assert.deepEqual(
    providers?.anyOf.map((branch) => branch.title),
    ['toy', 'bare'],
  )
  assert.ok(JSON.stringify(providers).includes('"client_id"'))
})

test('refuses settings written for a newer version of a kind than is here', () => {
  const spec = { name: 'A', providers: { bare: { version: 7 } } }
  assert.deepEqual(paths(compile(applicationsWith(), spec)), ['providers.bare.version'])
})

test('two providers of one application cannot hold the same key', () => {
  const spec = { name: 'A', providers: { toy: { client_id: 'a' }, two: { kind: 'toy', client_id: 'a' } } }
  assert.ok(paths(compile(applicationsWith(toyKinds), spec)).includes('providers.two'))
})

test('refuses a second provider of a kind that one application can have one of', () => {
  const kinds = toyKinds.map((kind) => ({ ...kind, onlyOne: (first: string) => `there is "${first}"` }))
  const spec = { name: 'A', providers: { bare: {}, two: { kind: 'bare' }, three: { kind: 'bare' } } }
  const refused = compile(applicationsWith(kinds), spec)
  assert.deepEqual(refused.ok ? [] : refused.error, [
    { path: 'providers.two', message: 'there is "bare"' },
    { path: 'providers.three', message: 'there is "bare"' },
  ])
  assert.equal(compile(applicationsWith(), spec).ok, true)
})

test('a role names permissions of the closed list; * is all of them', () => {
  const every = compile(roleType, { name: 'All', permissions: ['*'] })
  assert.ok(every.ok)
  assert.deepEqual([...every.value.permissions], [...PERMISSIONS])
  assert.equal(compile(roleType, { name: 'A', permissions: ['users.everything'] }).ok, false)
  const some = compile(roleType, { name: 'A', permissions: ['users.read'] })
  assert.deepEqual(some.ok && [...some.value.permissions], ['users.read'])
})

test('a key pair rotates later than it publishes ahead', () => {
  assert.deepEqual(paths(compile(keypairType, { algorithm: 'RS256', rotate_every: '7d' })), ['rotate_every'])
  assert.deepEqual(paths(compile(keypairType, { algorithm: 'ES256', bits: 4096 })), ['bits'])
  assert.deepEqual(paths(compile(keypairType, { algorithm: 'HS256' })), ['algorithm'])
  assert.equal(compile(keypairType, { algorithm: 'EdDSA', rotate_every: '90d' }).ok, true)
})

test('a brand names hosts, not addresses', () => {
  const brand = compile(brandType, { domains: ['Auth.Example.org', 'auth.example.org:8443'] })
  assert.deepEqual(brand.ok && brand.value.domains, ['auth.example.org', 'auth.example.org:8443'])
  for (const domain of ['https://a.example', 'a.example/path', 'a b', '', '*.example.org', 'a..b']) {
    assert.equal(compile(brandType, { domains: [domain] }).ok, false, domain)
  }
})

test('settings of before lose an empty list for outgoing requests, which nothing read; one with entries is refused', () => {
  const written = { password: { min_length: 12 } }
  const read = readSpec(settingsType, { ...written, outgoing: { allow: [] } }, 1)
  assert.ok(read.ok)
  assert.ok(!('outgoing' in read.value))
  assert.ok(JSON.stringify(read.value.password).includes('"min_length":12'))
  for (const version of [1, 2]) {
    const refused = readSpec(settingsType, { ...written, outgoing: { allow: ['127.0.0.1'] } }, version)
    assert.deepEqual(!refused.ok && refused.error.map(({ path }) => path), ['outgoing'])
  }
})

test('settings have a default for everything', () => {
  const settings = compile(settingsType, {})
  assert.ok(settings.ok)
  assert.equal(settings.value.sessions.idle, 43_200_000)
  assert.equal(settings.value.password.minLength, 10)
})

test('D05 nobody can be trusted with every address there is', () => {
  for (const cidr of ['0.0.0.0/0', '::/0', 'proxy', '10.0.0.0/33', '10.0.0.0/8/9', '']) {
    assert.deepEqual(paths(compile(settingsType, { trusted_proxies: [cidr] })), ['trusted_proxies[0]'], cidr)
  }
  assert.equal(compile(settingsType, { trusted_proxies: ['10.0.0.0/8', '::1'] }).ok, true)
})

test('sessions cannot be set so short that nobody signs in again', () => {
  assert.deepEqual(paths(compile(settingsType, { sessions: { idle: '0s' } })), ['sessions.idle'])
  assert.deepEqual(paths(compile(settingsType, { sessions: { absolute: '1h' } })), ['sessions.absolute'])
})
