import assert from 'node:assert/strict'
import { test } from 'node:test'
import { safeNext } from './safe-next.ts'

const origin = 'https://auth.example.com'

test('A46 leads home in place of any address that a browser would read as another host', () => {
  for (const next of [
    '//evil',
    '/\\evil',
    '\\\\evil',
    '/%09/evil',
    'https:evil',
    '///evil',
    '/%2f%2fevil',
    '/%5cevil',
    'http://ok.example.com.evil',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil',
    '/\n/evil',
    '',
    'evil',
    `/${'a'.repeat(9000)}`,
    '/a\u0000b',
    // Dots are resolved only after the first look; what is left then must not name a host either.
    '/.//evil',
    '/x/..//evil',
    '/x/%2e%2e//evil?a=b',
    '/./%2f%2fevil',
    '/x/../%5cevil',
  ]) {
    assert.equal(safeNext(next, origin), '/if/user/', JSON.stringify(next))
  }
})

test('A46 keeps a path of ours, whatever its query holds', () => {
  assert.equal(safeNext('/a?b=//evil', origin), '/a?b=//evil')
  const authorize = '/application/o/authorize/?client_id=x&redirect_uri=https%3A%2F%2Fapp.example%2Fcb'
  assert.equal(safeNext(authorize, origin), authorize)
})

test('never leads from one flow into another', () => {
  for (const next of ['/if/flow/sign-out/', '/flows/-/default/invalidation/', '/recovery/use-token/x/']) {
    assert.equal(safeNext(next, origin), '/if/user/')
  }
})
