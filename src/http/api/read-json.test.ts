import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from './read-json.ts'

const read = (text: string) => readJson(Buffer.from(text))
const fault = (text: string): string => {
  const result = read(text)
  assert.equal(result.ok, false, text.slice(0, 100))
  return result.ok ? '' : result.error
}

test('M09 refuses a key that is given twice, however it is spelled, and takes equal keys of two objects', () => {
  assert.match(fault('{"a":1,"a":2}'), /twice/)
  assert.match(fault('{"a":1,"\\u0061":2}'), /twice/)
  assert.match(fault('{"x":{"a":[1,{"b":1,"c":{},"b":2}]}}'), /twice/)
  assert.equal(read('[{"a":1},{"a":{"a":2}},"a","a"]').ok, true)
  assert.equal(read('{"a":"b","b":"a","c":["a","a"]}').ok, true)
})

test('M09 refuses keys that reach a prototype', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])
    assert.match(fault(`{"a":{"${key}":1}}`), /key/)
  assert.equal(read('{"a":"__proto__"}').ok, true)
})

test('M09 refuses a document nested a hundred thousand levels deep, of either bracket', () => {
  assert.match(fault('['.repeat(100_000) + ']'.repeat(100_000)), /deeper/)
  assert.match(fault('{"a":'.repeat(100_000)), /deeper/)
  assert.equal(read('['.repeat(64) + ']'.repeat(64)).ok, true)
  assert.match(fault('['.repeat(65) + ']'.repeat(65)), /deeper/)
})

test('M09 refuses numbers that cannot be kept, half surrogates, a byte order mark, and what is no UTF-8', () => {
  for (const number of ['1e400', '-1e400', '9007199254740993', '-9007199254740993'])
    assert.match(fault(`[${number}]`), /number/)
  assert.equal(read('[1e300,-0.5,9007199254740991,1E+2]').ok, true)
  assert.match(fault('"\\ud800"'), /surrogate/)
  assert.match(fault('{"\\udc00":1}'), /surrogate/)
  assert.equal(read('"\\ud83d\\ude00"').ok, true)
  assert.match(fault('\ufeff{}'), /byte order/)
  assert.equal(readJson(Buffer.from([0x22, 0xc3, 0x28, 0x22])).ok, false)
})

test('M13 refuses NUL in texts and keys', () => {
  assert.match(fault('{"a":"b\\u0000c"}'), /NUL/)
  assert.match(fault('{"a\\u0000":1}'), /NUL/)
})

test('refuses what is not JSON', () => {
  const odd = [
    '',
    ' ',
    '{',
    '{"a"}',
    '[1,]',
    '{a:1}',
    "{'a':1}",
    '01',
    '+1',
    '.5',
    '1.',
    'NaN',
    'tru',
    '"\t"',
    '"\\x"',
    '1 2',
    '{}x',
    '/**/{}',
  ]
  for (const text of [...odd, '[1]\u00a0', '\u2028[]', '"\\', '"']) fault(text)
})

test('reads every other document as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
      const result = read(text)
      // Numbers and keys that are refused above are the only difference.
      if (result.ok) assert.deepEqual(result.value, JSON.parse(text))
      else assert.match(result.error, /number|key|surrogate|NUL/)
    }),
    { numRuns: 500 },
  )
})

test('takes or refuses exactly what JSON.parse does, for any text at all', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '\\',
    'a',
    '1',
    '-',
    '.',
    'e',
    'true',
    'null',
    ' ',
    '\n',
    '\u0001',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('')
      const parses = (() => {
        try {
          JSON.parse(text)
          return true
        } catch {
          return false
        }
      })()
      const result = read(text)
      if (result.ok) assert.equal(parses, true, text)
      else if (parses) assert.match(result.error, /twice|number|surrogate/, text)
    }),
    { numRuns: 3000 },
  )
})

test('M09 a megabyte of escapes, digits or brackets is judged without recursion', () => {
  const size = 1024 * 1024 - 2
  assert.equal(read(`"${'\\n'.repeat(size / 2)}"`).ok, true)
  fault(`"${'\\'.repeat(size - 1)}`)
  fault('1'.repeat(size))
  fault(`[${'"a",'.repeat(size / 4)}`)
})
