import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RE2JS } from 're2js'
import type { RedirectRule } from './client.ts'
import { formActionOf, isRegisteredRedirectUri, redirectUriFault, registeredOrigins } from './redirect-uri.ts'

const pattern = (source: string): RedirectRule => {
  const compiled = RE2JS.compile(source)
  return { pattern: source, matches: (uri) => compiled.matches(uri) }
}
const takes = (rules: readonly (string | RedirectRule)[], uri: string, native = false): boolean =>
  isRegisteredRedirectUri(
    { native, redirectRules: rules.map((rule) => (typeof rule === 'string' ? { exact: rule } : rule)) },
    uri,
  )

test('A01 takes a registered address as text, not as a pattern', () => {
  assert.equal(takes(['https://foo.example.com'], 'https://fooaexample.com'), false)
  assert.equal(takes(['https://foo.example.com'], 'https://foo.example.com'), true)
})

test('A02 takes nothing where nothing is registered', () => {
  assert.equal(takes([], 'https://app.example.com/cb'), false)
})

test('A03 refuses dangerous schemes, whatever the pattern or the spelling', () => {
  for (const uri of [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    '\tjavascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    'blob:https://app.example.com/1',
    'file:///etc/passwd',
    'filesystem:https://a/b',
    'view-source:https://app.example.com/',
  ]) {
    assert.equal(takes([pattern('(?s).*')], uri), false, uri)
    assert.equal(takes([uri], uri), false, uri)
  }
})

test('A03 lets a pattern reach http and https alone', () => {
  for (const uri of ['com.example.app:/cb', 'ssh://app.example.com/', 'ws://app.example.com/', 'app.immich:///cb']) {
    assert.equal(takes([pattern('.*')], uri), false, uri)
  }
  assert.equal(takes([pattern('https://[a-z]+\\.example\\.com/cb')], 'https://one.example.com/cb'), true)
})

test('A10 a pattern judges an address in the one spelling that a browser would give it', () => {
  const anything = pattern('.*')
  assert.equal(takes([anything], 'https://app.example.com/cb'), true)
  assert.equal(takes([anything], 'https://app.example.com'), true)
  for (const uri of [
    'HTTPS://app.example.com/cb',
    'https://APP.example.com/cb',
    'https://app.example.com:443/cb',
    'https://app。example.com/cb',
    'https://%61pp.example.com/cb',
    'http://0x7f.1/cb',
    'http://2130706433/cb',
    'https:/app.example.com/cb',
    'https:app.example.com/cb',
    'https:///app.example.com/cb',
  ]) {
    assert.equal(takes([anything], uri), false, uri)
  }
})

test('an http address that browsers mend is not one that may be registered', () => {
  for (const uri of ['https:app.example.com/cb', 'https:/app.example.com/cb', 'https:///app.example.com/cb']) {
    assert.equal(redirectUriFault(uri), 'malformed', uri)
    assert.equal(takes([uri], uri), false, uri)
  }
})

test('A04 refuses a path that climbs out of a pattern, in every disguise', () => {
  const rule = pattern('https://app\\.example\\.com/cb/.*')
  assert.equal(takes([rule], 'https://app.example.com/cb/fine'), true)
  for (const rest of [
    '../evil',
    '%2e%2e/evil',
    '%252e%252e/evil',
    '..;/evil',
    '..%5cevil',
    '..\\evil',
    './x',
    '.%2e/x',
    '..%2fevil',
    'a/../../evil',
    '..',
  ]) {
    assert.equal(takes([rule], `https://app.example.com/cb/${rest}`), false, rest)
  }
})

test('matches a pattern against the whole address', () => {
  const rule = pattern('https://app\\.example\\.com')
  assert.equal(takes([rule], 'https://app.example.com.evil.example'), false)
  assert.equal(takes([rule], 'https://evil.example/?https://app.example.com'), false)
  assert.equal(takes([rule], 'https://app.example.com'), true)
})

test('A05 refuses user info anywhere', () => {
  assert.equal(takes(['http://localhost'], 'http://localhost:80@evil.example/'), false)
  for (const uri of ['https://a@app.example.com/cb', 'https://:@app.example.com/cb', 'https://@app.example.com/cb']) {
    assert.equal(takes([uri, pattern('.*')], uri), false, uri)
    assert.equal(redirectUriFault(uri), 'user_info', uri)
  }
  assert.equal(redirectUriFault('https://app.example.com/cb?mail=a@b'), null)
})

test('A07 refuses a fragment (RFC 6749 §3.1.2)', () => {
  assert.equal(redirectUriFault('https://app/cb#x'), 'fragment')
  assert.equal(redirectUriFault('https://app/cb#'), 'fragment')
  assert.equal(takes(['https://app/cb#x', pattern('.*')], 'https://app/cb#x'), false)
})

test('A09 frees the port of loopback literals for native apps, and nothing else (RFC 8252 §7.3)', () => {
  const registered = ['http://127.0.0.1/cb', 'http://[::1]/cb']
  assert.equal(takes(registered, 'http://127.0.0.1:5000/cb', true), true)
  assert.equal(takes(registered, 'http://[::1]:5000/cb', true), true)
  assert.equal(takes(['http://127.0.0.1:8080/cb'], 'http://127.0.0.1/cb', true), true)
  for (const uri of [
    'http://127.0.0.1.evil.example:8080/cb',
    'http://localhost:1/cb',
    'http://127.0.0.1:5000/other',
    'http://127.0.0.1:5000/cb?x=1',
    'http://127.0.0.1:5000@evil.example/cb',
    'http://127.0.0.1:999999/cb',
    'https://127.0.0.1:5000/cb',
    'http://127.0.0.2:5000/cb',
    'http://[::1]:5000/other',
  ]) {
    assert.equal(takes(registered, uri, true), false, uri)
  }
  assert.equal(takes(['http://127.0.0.1/cb'], 'http://[::1]:5000/cb', true), false)
  assert.equal(takes(['http://localhost/cb'], 'http://localhost:5000/cb', true), false)
})

test('A09 keeps the port of a loopback address for web clients', () => {
  assert.equal(takes(['http://127.0.0.1/cb'], 'http://127.0.0.1:5000/cb', false), false)
})

test('A10 refuses every address that is only almost equal', () => {
  for (const uri of [
    'https://APP.example.com/cb',
    'https://app.example.com:443/cb',
    'https://app.example.com./cb',
    'https://app.example.com/cb/',
    'https://app.example.com/cb?x=1',
    'https://app.example.com/c%62',
    'http://app.example.com/cb',
    'https://app.example.com/CB',
    'https://app.example.com//cb',
    'https:/app.example.com/cb',
  ]) {
    assert.equal(takes(['https://app.example.com/cb'], uri), false, uri)
  }
})

test('M04 a pattern made to backtrack takes no longer for it', () => {
  // The engine is linear by construction; here only that it answers, and answers no.
  assert.equal(takes([pattern('^(a+)+$')], `https://a.example/${'a'.repeat(2000)}!`), false)
})

test('takes private schemes of native apps as they were registered', () => {
  for (const uri of ['com.example.app:/cb', 'app.immich:///oauth-callback']) assert.equal(takes([uri], uri), true, uri)
  assert.equal(takes(['com.example.app:/cb'], 'com.example.app:/other'), false)
})

test('names where a form may end: an origin, or a scheme of its own', () => {
  assert.equal(formActionOf('https://app.example.com/cb?x=1'), 'https://app.example.com')
  assert.equal(formActionOf('http://127.0.0.1:5000/cb'), 'http://127.0.0.1:5000')
  assert.equal(formActionOf('app.immich:///cb'), 'app.immich:')
})

test('A64 derives origins from exact addresses alone', () => {
  const origins = registeredOrigins([
    { exact: 'https://app.example.com/cb' },
    { exact: 'https://app.example.com/other' },
    { exact: 'com.example.app:/cb' },
    pattern('https://.*'),
  ])
  assert.deepEqual(origins, ['https://app.example.com'])
})

test('never throws, and never takes an address of another host than the registered one', () => {
  const rules = ['https://app.example.com/cb', 'http://127.0.0.1/cb']
  const scheme = fc.constantFrom('https:', 'http:', 'javascript:', 'com.app:', '')
  const soup = fc
    .tuple(
      scheme,
      fc.constantFrom('//', '/', '\\\\', ''),
      fc.string(),
      fc.constantFrom('app.example.com', '127.0.0.1', ''),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), soup, fc.string()), fc.boolean(), (uri, native) => {
      if (!takes(rules, uri, native)) return
      assert.match(uri, /^(https:\/\/app\.example\.com\/cb|http:\/\/127\.0\.0\.1(:\d+)?\/cb)$/)
    }),
    { numRuns: 1000 },
  )
})
