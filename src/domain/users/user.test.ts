import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emailKey, isEmailAddress, usernameKey } from './user.ts'

test('C07 one person by every spelling of case, width and outer spaces', () => {
  for (const spelling of ['Alice', 'alice ', ' ALICE', 'ａｌｉｃｅ']) assert.equal(usernameKey(spelling), 'alice')
})

test('G06 letters that only look alike are different people and mailboxes', () => {
  assert.notEqual(usernameKey('mıke'), usernameKey('mike'))
  assert.notEqual(emailKey('mıke@example.org'), emailKey('MIKE@example.org'))
  assert.notEqual(emailKey('İ@example.org'), emailKey('i@example.org'))
})

test('A66 refuses addresses that a domain rule could read in two ways', () => {
  for (const address of [
    'x@evil.example@corp.example',
    '"x@corp.example"@evil',
    'x@corp.example\u0000',
    'x@',
    '@y',
    'x y@z.example',
    'x@-z',
    'x@z..example',
  ]) {
    assert.equal(isEmailAddress(address), false, JSON.stringify(address))
  }
  for (const address of ['ana@example.com', 'a.b+c@sub.example.org', 'root@localhost', 'jörg@müller.example']) {
    assert.equal(isEmailAddress(address), true, address)
  }
})
