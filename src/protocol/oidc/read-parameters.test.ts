import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AUTHORIZE_PARAMETERS } from './authorize/request.ts'
import { readParameters } from './read-parameters.ts'

const read = (...sources: string[]) => {
  const found = readParameters(
    sources.map((text) => new URLSearchParams(text)),
    AUTHORIZE_PARAMETERS,
  )
  return found.ok ? Object.fromEntries(found.value) : found.error.code
}

test('A08 refuses a parameter that was sent twice, equal or empty ones too (RFC 6749 §3.1)', () => {
  for (const name of ['redirect_uri', 'client_id', 'state', 'code_challenge', 'scope']) {
    assert.equal(read(`${name}=a&${name}=b`), 'parameter_twice', name)
    assert.equal(read(`${name}=a&${name}=a`), 'parameter_twice', name)
    assert.equal(read(`${name}=&${name}=a`), 'parameter_twice', name)
    assert.equal(read(`${name}=a`, `${name}=b`), 'parameter_twice', 'once in the query, once in the form')
  }
})

test('ignores what it does not know, however often (RFC 6749 §3.1)', () => {
  assert.deepEqual(read('state=x&resource=a&resource=b&__proto__=c&constructor=d'), { state: 'x' })
})

test('takes a parameter without a value as not sent (RFC 6749 §3.1)', () => {
  assert.deepEqual(read('state=&scope=openid'), { scope: 'openid' })
})

test('A71 refuses a request longer than any honest one', () => {
  assert.equal(read(`state=${'x'.repeat(1024 * 1024)}`), 'request_too_long')
  assert.equal(read(`state=${'x'.repeat(4097)}`), 'request_too_long')
  assert.equal(read(`ui_locales=${'x'.repeat(100 * 1024)}`), 'request_too_long')
  assert.equal(read(`unknown=${'x'.repeat(17 * 1024)}`), 'request_too_long')
  assert.equal(read(Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&')), 'request_too_long')
  assert.deepEqual(read(`state=${'x'.repeat(4096)}`), { state: 'x'.repeat(4096) })
})

test('M13 refuses NUL and other control characters', () => {
  for (const sent of ['%00', '%0a', '%0d', '%7f', '%c2%85']) {
    assert.equal(read(`nonce=a${sent}b`), 'parameter_malformed', sent)
  }
})
