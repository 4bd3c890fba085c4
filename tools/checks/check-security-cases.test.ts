import assert from 'node:assert/strict'
import { test } from 'node:test'
import { securityCaseFaults } from './check-security-cases.ts'

const cases = '# head\nA01 a dot is no wildcard\nB01 wrapped\nE16 codes once\n'
const faults = (pending: string, tests: string[], there: string[] = []): string[] =>
  securityCaseFaults({
    cases,
    pending: `capability saml src/saml\n${pending}`,
    tests,
    exists: (place) => there.includes(place),
  }).faults

test('accepts a case in a title, alone or beside others, and one that waits for what is not there', () => {
  assert.deepEqual(faults('B01 saml', ["test('A01 E16 refuses', () => {})"]), [])
  assert.deepEqual(faults('B01 saml', ['test(`A01 x`)', 'for (const t of ["E16 one"]) test(t)']), [])
})

test('refuses a case that nobody covers and that waits for nothing', () => {
  assert.deepEqual(faults('B01 saml', ["test('A01 x')"]), ["E16 is in no test's title and not pending"])
})

test('refuses to wait for what is there, and for what nobody explains', () => {
  assert.match(
    faults('B01 saml\nE16 saml', ["test('A01 x')"], ['src/saml']).join(),
    /B01 may wait no longer: src\/saml/,
  )
  assert.match(faults('B01 saml\nE16 totp', ["test('A01 x')"]).join(), /E16 waits for totp/)
})

test('refuses a case that both waits and is covered, unless more of it waits', () => {
  const tests = ["test('A01 x')", "test('E16 x')"]
  assert.match(faults('B01 saml\nE16 saml', tests).join(), /E16 is pending and in a test's title/)
  assert.deepEqual(faults('B01 saml\nE16 saml more', tests), [])
  assert.match(faults('B01 saml more\nE16 saml more', tests).join(), /B01 is said to be covered in part/)
})

test('refuses more cases that wait for their test than there were', () => {
  assert.match(
    faults('later-core 1\nB01 later-core\nE16 later-core', ["test('A01 x')"]).join(),
    /2 cases wait .* the 1 allowed/,
  )
  assert.deepEqual(faults('later-core 2\nB01 later-core\nE16 later-core', ["test('A01 x')"]), [])
})

test('refuses an id that is no case, and a line that means nothing', () => {
  assert.match(
    faults('B01 saml\nE16 saml\nC99 saml', ["test('A01 x')", "test('D98 x')"]).join(),
    /D98 is no case.*C99 is no case/,
  )
  assert.match(faults('B01 saml\nE16 saml\nB01: later', ["test('A01 x')"]).join(), /means nothing: B01: later/)
})
