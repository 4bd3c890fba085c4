import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCode } from './read-code.ts'

test('a code is read however it was grouped, and in the digits of another keyboard', () => {
  for (const typed of [
    '123456',
    ' 123 456 ',
    '123-456',
    '12 34 56',
    '١٢٣٤٥٦',
    '۱۲۳۴۵۶',
    '१२३४५६',
    '１２３４５６',
    '123 456',
  ]) {
    assert.equal(readCode({ code: typed }, 'code'), '123456', typed)
  }
  assert.equal(readCode({ code: 'ABCD-efgh-2345' }, 'code'), 'abcdefgh2345')
})

test('H11 what is no field of the form is no code, and neither is a book', () => {
  assert.equal(readCode({}, 'code'), '')
  assert.equal(readCode({}, 'constructor'), '')
  assert.equal(readCode({ code: '1'.repeat(65) }, 'code'), '')
})
