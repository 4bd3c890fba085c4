/** The languages as plain links: choosing one shows this page again in it. */
import { type Html, html } from '../base/html.ts'
import type { Translate } from '../base/texts.ts'
import { LOCALES, languageName } from './locale-names.ts'

/** `here` is the address that shows this page again. */
export const languageLinks = (frame: {
  readonly t: Translate
  readonly webPath: string
  readonly here: string
}): Html =>
  html`<ul>${LOCALES.map((locale) => {
    const address = `${frame.webPath}-/language/${locale}/?next=${encodeURIComponent(frame.here)}`
    return html`<li><a href="${address}" lang="${locale}" hreflang="${locale}"${locale === frame.t.locale && html` aria-current="true"`}>${languageName(locale)}</a></li>`
  })}</ul>`
