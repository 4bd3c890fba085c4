/**
 * The first of the languages wished for that there is, by what each tag most likely means (UTS 35, likely subtags):
 * language and script have to be the same, the region may be another. So `pt-PT` finds `pt-BR`, and `zh-SG` finds
 * `zh-Hans`; `zh-TW`, which is written in another script, finds nothing and leaves the word to the next wish.
 */
import { isLocale, LOCALES, type Locale } from './locale-names.ts'

type Meaning = {
  readonly language: string
  readonly script: string | undefined
  /** It names neither script nor region. */
  readonly bare: boolean
}

const TAG = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/
// A header holds thousands of tags if somebody wants it to, and each costs a look-up.
const MOST = 20
// Most browsers ask for one of a few languages, and ten microseconds on every page are worth saving.
const KEPT = 256
const meanings = new Map<string, Meaning | null>()

const meaningOf = (tag: string): Meaning | null => {
  const known = meanings.get(tag)
  if (known !== undefined) return known
  const found = lookUp(tag)
  if (meanings.size < KEPT && tag.length <= 12) meanings.set(tag, found)
  return found
}

const lookUp = (tag: string): Meaning | null => {
  if (!TAG.test(tag)) return null
  try {
    const asked = new Intl.Locale(tag)
    const { language, script } = asked.maximize()
    return { language, script, bare: asked.script === undefined && asked.region === undefined }
  } catch {
    // It has the shape of a tag and is none: `de-a`.
    return null
  }
}

const written = (language: string, script: string | undefined): string => `${language}-${script}`

const OURS: ReadonlyMap<string, Locale> = new Map(
  LOCALES.map((locale) => {
    const { language, script } = new Intl.Locale(locale).maximize()
    return [written(language, script), locale]
  }),
)

/** `wishes` are language tags (BCP 47), best first; what is none is passed over. */
export const matchLocale = (wishes: readonly string[]): Locale | undefined => {
  const scripts = new Map<string, string | undefined>()
  for (const wish of wishes.slice(0, MOST)) {
    if (isLocale(wish)) return wish
    const meaning = meaningOf(wish)
    if (!meaning) continue
    const { language, bare } = meaning
    // Browsers put the bare language behind that of a country: `zh-TW, zh`. It then means the script before it.
    const script = bare && scripts.has(language) ? scripts.get(language) : meaning.script
    if (!scripts.has(language)) scripts.set(language, script)
    const found = OURS.get(written(language, script))
    if (found) return found
  }
  return undefined
}
