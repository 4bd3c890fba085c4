import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { EVENT_TYPES } from '../events/catalog.ts'
import { isLocale, LOCALES, languageName } from './locale-names.ts'
import { chooseLocale, translator } from './texts.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const load = (locale: string): Record<string, string> =>
  JSON.parse(readFileSync(path.join(ROOT, `locales/${locale}.json`), 'utf8'))
const texts = Object.fromEntries(LOCALES.map((locale) => [locale, load(locale)]))
const english = texts.en ?? assert.fail()

const FORMS = ['zero', 'one', 'two', 'few', 'many', 'other']
const isPlural = (all: Record<string, string>, key: string): boolean =>
  FORMS.includes(key.split('.').at(-1) ?? '') && `${baseOf(key)}.other` in all
const baseOf = (key: string): string => key.slice(0, key.lastIndexOf('.'))
/** Keys as code asks for them: the forms of a plural are one. */
const keysOf = (all: Record<string, string>): string[] =>
  [...new Set(Object.keys(all).map((key) => (isPlural(all, key) ? baseOf(key) : key)))].sort()
const placeholdersOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, one = '']) => one).sort()

// An event, or an expression in an example, looks like a key and is none.
const NOT_KEYS = new Set<string>([...EVENT_TYPES, 'user.name'])

const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => ({ file, source: readFileSync(path.join(ROOT, 'src', file), 'utf8') }))
const sources = files.map(({ source }) => source)
const allOf = (source: string, pattern: RegExp): string[] =>
  [...source.matchAll(pattern)].map(([, found = '']) => found)
const KEY = /'([a-z_]+(?:\.[a-z_]+)+)'/g
const literals = new Set(sources.flatMap((source) => allOf(source, KEY)))
/** Where whatever looks like a key is one; elsewhere, what is handed to something that takes a key. */
const SPEAKS = /^(?:pages|kinds\/stages|http\/house-pages\.ts$|core\/passwords\.ts$|policy\/explain\.ts$)/
const HANDED = /(?:\bt\(|\bsay\(t, |\btext: |\bmessage\([^()]*)'([a-z_]+(?:\.[a-z_]+)+)'/g
const asked = files.flatMap(({ file, source }) => allOf(source, SPEAKS.test(file) ? KEY : HANDED))
/** Keys that are put together: `refused.${code}.title`. */
const patterns = sources.flatMap((source) =>
  [...source.matchAll(/\bt\(`((?:[a-z_.]|\$\{[^`{}]+\})+)`/g)].map(
    ([, key = '']) => new RegExp(`^${key.replaceAll('.', '\\.').replace(/\$\{[^}]+\}/g, '[a-z_.]+')}$`),
  ),
)
/** A text with a heading and a sentence is asked for by what both begin with. */
const isAsked = (key: string): boolean =>
  literals.has(key) ||
  (/\.(?:title|text)$/.test(key) && literals.has(baseOf(key))) ||
  patterns.some((pattern) => !/^\^\[/.test(pattern.source) && pattern.test(key))

describe('texts', () => {
  it('lie in one file for each language', () => {
    assert.deepEqual(readdirSync(path.join(ROOT, 'locales')).sort(), LOCALES.map((locale) => `${locale}.json`).sort())
  })

  for (const locale of LOCALES) {
    const all = texts[locale] ?? {}

    it(`${locale} has every text of English and no other`, () => {
      assert.deepEqual(keysOf(all), keysOf(english))
    })

    it(`${locale} has each plural form that its grammar knows, and no other`, () => {
      const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions()
      for (const key of Object.keys(all).filter((one) => one.endsWith('.other') && isPlural(all, one))) {
        const forms = FORMS.filter((form) => `${baseOf(key)}.${form}` in all)
        assert.deepEqual(forms.sort(), [...pluralCategories].sort(), key)
      }
    })

    it(`${locale} puts the same values into each text`, () => {
      for (const [key, text] of Object.entries(all)) {
        const wanted = placeholdersOf(english[key] ?? english[`${baseOf(key)}.other`] ?? '')
        // "a problem" needs no number; a number that is not there cannot be put in.
        const got = placeholdersOf(text)
        if (isPlural(all, key))
          assert.ok(
            got.every((one) => wanted.includes(one)),
            key,
          )
        else assert.deepEqual(got, wanted, key)
      }
    })

    it(`${locale} has no empty text, no markup, and no space too many`, () => {
      for (const [key, text] of Object.entries(all)) {
        assert.match(text, /\S/, key)
        assert.doesNotMatch(text, /[<>&]|^\s|\s$| {2}|\p{Cc}/u, key)
      }
    })

    it(`${locale} is sorted, so that two who add a text do not meet on one line`, () => {
      const keys = keysOf(all)
      const order = [...new Set(Object.keys(all).map((key) => (isPlural(all, key) ? baseOf(key) : key)))]
      assert.deepEqual(order, keys)
    })
  }

  it('are translated: no sentence of another language is the English one', () => {
    for (const locale of LOCALES) {
      if (locale === 'en') continue
      for (const [key, text] of Object.entries(texts[locale] ?? {})) {
        const untranslated = text === english[key] && /\p{L}{2,}.*\s/u.test(text.replace(/\{\w+\}/g, ''))
        assert.ok(!untranslated, `${locale} ${key}`)
      }
    }
  })

  it('are all asked for by some page', () => {
    assert.deepEqual(
      keysOf(english).filter((key) => !isAsked(key)),
      [],
    )
  })

  it('are there for whatever a page asks for', () => {
    const facts = new Set(
      sources.flatMap((source) => [...source.matchAll(/fact(?:<.*>)?\('([^']+)'\)/g)].map(([, one = '']) => one)),
    )
    const known = new Set(keysOf(english))
    const missing = asked.filter(
      (key) =>
        !NOT_KEYS.has(key) &&
        !/\.(?:css|js|svg)$/.test(key) &&
        !facts.has(key) &&
        !known.has(key) &&
        !known.has(`${key}.title`) &&
        ![...known].some((one) => one.startsWith(`${key}.`)),
    )
    assert.deepEqual(missing, [])
  })
})

describe('translator', () => {
  it('puts values in as they are, once, and leaves an unknown placeholder standing', () => {
    const t = translator('en')
    assert.equal(
      t('consent.title', { application: '{application} $& {count}' }),
      'Allow {application} $& {count} to know you?',
    )
    assert.equal(t('consent.title', {}), 'Allow {application} to know you?')
    assert.equal(t('consent.title', Object.create({ application: 'inherited' })), 'Allow {application} to know you?')
  })

  it('chooses the form of a plural by the grammar of the language, for numbers in words too', () => {
    const t = translator('en')
    assert.equal(t('password.too_short', { count: '1' }), 'Use at least 1 character.')
    assert.equal(t('password.too_short', { count: 10 }), 'Use at least 10 characters.')
    assert.match(translator('ar')('password.too_short', { count: 11 }), /حرفًا/)
    const polish = [1, 3, 5, 22, 25].map((count) => translator('pl')('authenticator.recovery_codes.detail', { count }))
    assert.deepEqual(
      polish.map((text) => / (kod(?:y|ów)?)$/.exec(text)?.[1]),
      ['kod', 'kody', 'kodów', 'kody', 'kodów'],
    )
    assert.equal(translator('ja')('form.problem', { count: 1 }), translator('ja')('form.problem.other', { count: 1 }))
    assert.match(translator('fr')('form.problem', { count: 1_000_000 }), /1000000/)
  })

  it('shows the key where there is no text, and never what an object is born with', () => {
    assert.equal(translator('en')('nothing.here'), 'nothing.here')
    assert.equal(translator('en')('constructor'), 'constructor')
  })

  it('knows which way its language runs', () => {
    assert.equal(translator('ar').dir, 'rtl')
    assert.equal(translator('de').dir, 'ltr')
  })
})

describe('chooseLocale', () => {
  const choose = (wishes: Partial<Parameters<typeof chooseLocale>[0]>) =>
    chooseLocale({ chosen: undefined, asked: [], acceptLanguage: undefined, fallback: null, ...wishes })

  it('takes what was chosen, else what the application asks for, else the browser, else the brand', () => {
    const all = { chosen: 'ar', asked: ['de'], acceptLanguage: 'en', fallback: 'de' }
    assert.equal(choose(all), 'ar')
    assert.equal(choose({ ...all, chosen: undefined }), 'de')
    assert.equal(choose({ acceptLanguage: 'eo;q=0.9, ar-EG;q=0.8, en;q=0.1', fallback: 'de' }), 'ar')
    assert.equal(choose({ fallback: 'de' }), 'de')
    assert.equal(choose({}), 'en')
  })

  it('L09 takes no language that there is no file of', () => {
    for (const chosen of ['../../x', 'en"><script>', '__proto__', 'xx', '']) {
      assert.equal(choose({ chosen, asked: [chosen], acceptLanguage: chosen, fallback: chosen }), 'en')
      assert.equal(isLocale(chosen), false)
    }
  })

  it('reads region and script of a wish as its language', () => {
    assert.equal(choose({ asked: ['de-AT'] }), 'de')
    assert.equal(choose({ acceptLanguage: 'de-CH' }), 'de')
    assert.equal(choose({ acceptLanguage: '*' }), 'en')
    assert.equal(choose({ acceptLanguage: '*', fallback: 'fr-CH' }), 'fr')
    assert.equal(choose({ acceptLanguage: 'eo, *;q=0.1', fallback: 'pt' }), 'pt-BR')
    assert.equal(choose({ acceptLanguage: 'de;q=0, en' }), 'en')
  })

  it('names each language by its own name', () => {
    assert.deepEqual(LOCALES.slice(0, 3).map(languageName), ['English', 'Deutsch', 'Español'])
    assert.equal(new Set(LOCALES.map(languageName)).size, LOCALES.length)
  })
})
