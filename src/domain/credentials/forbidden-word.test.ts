import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsForbiddenWord } from './forbidden-word.ts'

test('a forbidden word is found anywhere in a password, whatever its case and accents', () => {
  for (const [password, word] of [
    ['acme2030!', 'acme'],
    ['we love ACME', 'acme'],
    ['ÁçMé forever', 'acme'],
    ['a\u0301cme forever', 'Ácme'],
    ['große Straße', 'STRASSE'],
    ['STRASSE nach Rom', 'straße'],
    ['ΟΔΟΣ 1234', 'οδος'],
    ['ＡＣＭＥ wide', 'acme'],
    ['ﬁne words', 'fine'],
  ] as const)
    assert.ok(holdsForbiddenWord(password, ['nothing', word]), `${password} / ${word}`)
})

test('what merely resembles a forbidden word is no fault', () => {
  for (const [password, words] of [
    ['a c m e 2030', ['acme']],
    ['acm', ['acme']],
    ['anything', []],
    ['anything', ['\u0301\u0301\u0301']],
  ] as const)
    assert.ok(!holdsForbiddenWord(password, words), password)
})
