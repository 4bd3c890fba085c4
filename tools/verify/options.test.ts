import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOptions } from './options.ts'

test('runs everything when nothing is asked', () => {
  assert.deepEqual(readOptions([], false), {
    checks: true,
    tests: true,
    interop: false,
    patterns: [],
    rounds: 5,
    long: false,
  })
})

test('a pattern runs its files alone, without the checks', () => {
  assert.deepEqual(readOptions(['oidc', 'jose'], false), {
    checks: false,
    tests: true,
    interop: false,
    patterns: ['oidc', 'jose'],
    rounds: 5,
    long: false,
  })
})

test('plays with chance longer in CI, and longest when asked', () => {
  assert.equal(Object(readOptions([], true)).rounds, 20)
  assert.equal(Object(readOptions(['--long'], true)).rounds, 500)
})

test('refuses an option that is none', () => {
  assert.match(String(readOptions(['--only-check'], false)), /^--only-check is not an option/)
})
