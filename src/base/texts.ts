/** Texts for people, by key: `t('password.title')`, `t('consent.title', { name })`. The languages live in `locales/`. */
export type Translate = {
  (key: string, values?: Readonly<Record<string, string | number>>): string
  readonly locale: string
  readonly dir: 'ltr' | 'rtl'
}
