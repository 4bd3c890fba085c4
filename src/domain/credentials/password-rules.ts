/**
 * The rules that a new password must keep and that need nothing but the text: length and kinds of characters as
 * authentik's password policy names them, and context-specific words (NIST SP 800-63B §3.1.1.2).
 */
import { holdsForbiddenWord } from './forbidden-word.ts'
import { passwordFault } from './password-text.ts'

/** As the settings of the instance say. Times in milliseconds. */
export type PasswordRules = {
  readonly minLength: number
  readonly digits: number
  readonly uppercase: number
  readonly lowercase: number
  readonly symbols: number
  readonly forbiddenWords: readonly string[]
  /** A score of zxcvbn must be above it; null where nobody asks for one. */
  readonly scoreAbove: number | null
  /** Whether passwords that leaked elsewhere are refused. */
  readonly checkBreached: boolean
  /** How many of the last passwords must not come back, the present one counted. */
  readonly history: number
  /** A password older than this is to be changed at the next sign-in; null for never. */
  readonly maxAge: number | null
  /** Whether whoever changes their own password ends what applications were given, and their tokens, too (A33). */
  readonly endsGrants: boolean
}

/** What nobody said otherwise; the schema of the settings has the same. */
export const PASSWORD_RULES: PasswordRules = {
  minLength: 10,
  digits: 0,
  uppercase: 0,
  lowercase: 0,
  symbols: 0,
  forbiddenWords: [],
  scoreAbove: 2,
  checkBreached: false,
  history: 1,
  maxAge: null,
  endsGrants: true,
}

/** Whose password it is to be: their own names are the first thing that others try. */
export type PasswordOwner = { readonly username: string; readonly name: string; readonly email: string }

/** A rule that a text breaks, by the key of its text. */
export type BrokenRule = { readonly text: string; readonly values?: Readonly<Record<string, string>> }

const KINDS = [
  { of: 'digits', pattern: /\p{Nd}/gu, text: 'password.needs_digits' },
  { of: 'uppercase', pattern: /\p{Lu}/gu, text: 'password.needs_uppercase' },
  { of: 'lowercase', pattern: /\p{Ll}/gu, text: 'password.needs_lowercase' },
  // Whatever is neither letter nor digit, in any script; an accent that stands apart belongs to its letter.
  { of: 'symbols', pattern: /[^\p{L}\p{M}\p{Nd}]/gu, text: 'password.needs_symbols' },
] as const

/** The rules that a text breaks: the first of length, names and words alone, else every kind that it lacks. */
export const brokenRules = (text: string, owner: PasswordOwner, rules: PasswordRules): readonly BrokenRule[] => {
  if (passwordFault(text) !== null) return [{ text: 'password.malformed' }]
  // Counted as it is hashed: one letter in two code points is one letter.
  const normalised = text.normalize('NFKC')
  if ([...normalised].length < rules.minLength) return [counted('password.too_short', rules.minLength)]
  if (isOwnName(normalised, owner)) return [{ text: 'password.is_your_name' }]
  // The rule is named and never the word: the list tells a guesser what others may have in theirs.
  if (holdsForbiddenWord(text, rules.forbiddenWords)) return [{ text: 'password.forbidden_word' }]
  if (new Set(normalised).size < 4) return [{ text: 'password.too_simple' }]
  return KINDS.flatMap(({ of, pattern, text: key }) =>
    (normalised.match(pattern)?.length ?? 0) < rules[of] ? [counted(key, rules[of])] : [],
  )
}

const counted = (text: string, count: number): BrokenRule => ({ text, values: { count: String(count) } })

/** Fewer characters than these beside the own names are tried out soon. */
const LEAST_BESIDE = 6

/** Whether next to nothing is left once the own names are taken out: `AnaExample1`. */
const isOwnName = (text: string, { username, name, email }: PasswordOwner): boolean => {
  const folded = text.toLowerCase()
  const left = wordsOf([username, name, email]).reduce((rest, word) => rest.replaceAll(word, ''), folded)
  return left !== folded && [...left].length < LEAST_BESIDE
}

/** Names and addresses whole, and each word of them, the longest first. One or two letters are in every password. */
export const wordsOf = (names: readonly string[]): string[] => {
  const words = names.flatMap((one) => [one, ...one.split(/[^\p{L}\p{M}\p{N}]+/u)])
  const folded = words.map((word) => word.normalize('NFKC').toLowerCase()).filter((word) => [...word].length > 2)
  return [...new Set(folded)].sort((a, b) => b.length - a.length)
}
