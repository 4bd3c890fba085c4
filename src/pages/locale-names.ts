/** The languages there are, each by its own name. */
export const LOCALES = ['en', 'de', 'ar'] as const
export type Locale = (typeof LOCALES)[number]

const NAMES: Readonly<Record<Locale, string>> = { en: 'English', de: 'Deutsch', ar: 'العربية' }

export const isLocale = (text: string): text is Locale => (LOCALES as readonly string[]).includes(text)

export const languageName = (locale: string): string => (isLocale(locale) ? NAMES[locale] : locale)
