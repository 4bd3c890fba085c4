/** The texts of every page, by key and language. `{name}` stands for a value; `.one`, `.other` … for its plural forms. */
import { readFileSync } from 'node:fs'
import Negotiator from 'negotiator'
import type { Translate } from '../base/texts.ts'
import { isLocale, type Locale } from './locale-names.ts'
import { matchLocale } from './match-locale.ts'

type Texts = Readonly<Record<string, string>>

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar'])

const load = (locale: Locale): Texts =>
  // The files are ours, and a test holds them to one shape.
  JSON.parse(readFileSync(new URL(`../../locales/${locale}.json`, import.meta.url), 'utf8')) as Texts

const made = new Map<Locale, Translate>()

/** The translator of a language; loaded when first asked for. */
export const translator = (locale: Locale): Translate => {
  const known = made.get(locale)
  if (known) return known
  const texts = load(locale)
  const plurals = new Intl.PluralRules(locale)
  const find = (key: string): string | undefined => (Object.hasOwn(texts, key) ? texts[key] : undefined)
  const translate = (key: string, values: Readonly<Record<string, string | number>> = {}): string => {
    const count = values.count === undefined ? Number.NaN : Number(values.count)
    const plural = Number.isNaN(count) ? undefined : find(`${key}.${plurals.select(count)}`)
    // A key without a text is a fault that a test finds; a person then reads the key rather than nothing.
    const text = plural ?? find(key) ?? find(`${key}.other`) ?? key
    return text.replace(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? String(values[name]) : whole,
    )
  }
  const translated: Translate = Object.assign(translate, {
    locale,
    dir: RIGHT_TO_LEFT.has(locale) ? 'rtl' : 'ltr',
  } as const)
  made.set(locale, translated)
  return translated
}

/** The language to speak: the one chosen, else the best of those asked for, else the house's. */
export const chooseLocale = (wishes: {
  readonly chosen: string | undefined
  readonly asked: readonly string[]
  readonly acceptLanguage: string | undefined
  readonly fallback: string | null
}): Locale => {
  if (wishes.chosen !== undefined && isLocale(wishes.chosen)) return wishes.chosen
  const header = new Negotiator({ headers: { 'accept-language': wishes.acceptLanguage ?? '' } })
  return (
    matchLocale(wishes.asked) ??
    matchLocale(header.languages()) ??
    matchLocale(wishes.fallback === null ? [] : [wishes.fallback]) ??
    'en'
  )
}
