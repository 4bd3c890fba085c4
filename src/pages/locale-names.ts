/** The languages there are, each by its own name, in the order in which they are offered. */
export const LOCALES = ['en', 'de', 'es', 'fr', 'it', 'nl', 'pl', 'pt-BR', 'ar', 'ja', 'zh-Hans'] as const
export type Locale = (typeof LOCALES)[number]

const NAMES: Readonly<Record<Locale, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  it: 'Italiano',
  nl: 'Nederlands',
  pl: 'Polski',
  'pt-BR': 'Português (Brasil)',
  ar: 'العربية',
  ja: '日本語',
  'zh-Hans': '简体中文',
}

export const isLocale = (text: string): text is Locale => (LOCALES as readonly string[]).includes(text)

export const languageName = (locale: string): string => (isLocale(locale) ? NAMES[locale] : locale)
