import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LOCALES } from './locale-names.ts'
import { matchLocale } from './match-locale.ts'

describe('matchLocale', () => {
  it('finds each language by its own tag, in capitals or not', () => {
    for (const locale of LOCALES) {
      assert.equal(matchLocale([locale]), locale)
      assert.equal(matchLocale([locale.toUpperCase()]), locale)
    }
  })

  it('takes the region of a tag for a shade of its language', () => {
    for (const tag of ['pt', 'pt-PT', 'pt-AO', 'pt-Latn-MZ']) assert.equal(matchLocale([tag]), 'pt-BR', tag)
    for (const tag of ['zh', 'zh-CN', 'zh-SG', 'zh-Hans-HK', 'cmn-CN']) assert.equal(matchLocale([tag]), 'zh-Hans', tag)
    for (const tag of ['es-419', 'es-MX', 'es-u-nu-latn']) assert.equal(matchLocale([tag]), 'es', tag)
    assert.equal(matchLocale(['de-CH-1996']), 'de')
  })

  it('takes another script for another language', () => {
    for (const tag of ['zh-TW', 'zh-HK', 'zh-Hant', 'zh-Hant-CN', 'yue', 'ar-Latn'])
      assert.equal(matchLocale([tag]), undefined, tag)
  })

  it('reads a language that follows its country in the script of that country, as browsers mean it', () => {
    assert.equal(matchLocale(['zh-TW', 'zh', 'en-US', 'en']), 'en')
    assert.equal(matchLocale(['zh-HK', 'zh-TW', 'zh', 'ja']), 'ja')
    assert.equal(matchLocale(['zh-TW', 'zh']), undefined)
    assert.equal(matchLocale(['zh-TW', 'zh-CN', 'zh']), 'zh-Hans')
    assert.equal(matchLocale(['zh-CN', 'zh', 'zh-TW']), 'zh-Hans')
  })

  it('goes on to the next wish where one cannot be met', () => {
    assert.equal(matchLocale(['eo', 'cs-CZ', 'pl']), 'pl')
    assert.equal(matchLocale([]), undefined)
  })

  it('L09 passes over what is no tag, and reads no more than twenty', () => {
    for (const tag of [
      '',
      '*',
      '../../de',
      'de_DE',
      'd',
      'de-',
      'de-a',
      'x-de',
      'i-klingon',
      '__proto__',
      'constructor',
    ])
      assert.equal(matchLocale([tag]), undefined, tag)
    const many = Array.from({ length: 20 }, () => 'eo')
    assert.equal(matchLocale([...many.slice(1), 'de']), 'de')
    assert.equal(matchLocale([...many, 'de']), undefined)
  })
})
