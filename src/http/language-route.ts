/** Choosing a language: keeps it in a cookie and shows the page again. A plain form, so it works without script. */
import { redirect } from '../base/wire.ts'
import { isLocale } from '../pages/locale-names.ts'
import type { App } from './app.ts'

const YEAR = 365 * 24 * 60 * 60

export const mountLanguage = (app: App, webPath: string): void => {
  app.route('GET', '/-/language/:locale/', (request, params) => {
    const locale = params.locale ?? ''
    const back = pageOfOurs(request.query.get('next'), request.origin, webPath)
    return {
      ...redirect(back, 303),
      ...(isLocale(locale) ? { cookies: [{ name: 'language', value: locale, maxAge: YEAR }] } : {}),
    }
  })
}

/** Only pages for people are come back to; anything else leads to the portal (A46). */
const pageOfOurs = (next: string | null, origin: string, webPath: string): string => {
  const home = `${webPath}if/user/`
  if (
    !next ||
    next.length > 8192 ||
    !next.startsWith(`${webPath}if/`) ||
    /[\\\p{Cc}]/u.test(next) ||
    !URL.canParse(next, origin)
  )
    return home
  const url = new URL(next, origin)
  return url.origin === origin && url.pathname.startsWith(`${webPath}if/`) ? url.pathname + url.search : home
}
