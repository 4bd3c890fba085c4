/**
 * The languages as buttons of one form: choosing one shows this page again in it. One form, so that the address of the
 * page, which can be long, stands there once and not for each language.
 */
import { type Html, html, trusted } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { LOCALES, languageName } from './locale-names.ts'

/** Letters beyond ASCII as numbers: a page of a Latin language with one Arabic word in it is twice as long in memory. */
const inAscii = (text: string): Html =>
  trusted([...text].map((sign) => (sign > '~' ? `&#${sign.codePointAt(0)};` : sign)).join(''))

const names = new Map(LOCALES.map((locale) => [locale, inAscii(languageName(locale))]))

/** `here` is the address that shows this page again. */
export const languageLinks = (frame: {
  readonly t: Translate
  readonly webPath: string
  readonly here: string
}): Html =>
  html`<form method="get"><input type="hidden" name="next" value="${frame.here}"><ul>${LOCALES.map(
    (locale) =>
      html`<li><button formaction="${frame.webPath}-/language/${locale}/" lang="${locale}"${locale === frame.t.locale && html` aria-current="true"`}>${names.get(locale)}</button></li>`,
  )}</ul></form>`
