/**
 * Passwords of people: checked at the same cost for nobody as for somebody (G01), hashed off the main thread; and whether
 * a new one may be, by the rules of the settings, how hard it is to guess, what leaked elsewhere, and what came before.
 */
import type { CredentialId, UserId } from '../base/ids.ts'
import { reveal, type Secret } from '../base/secret.ts'
import { passwordDue } from '../domain/credentials/password-due.ts'
import { brokenRules, type PasswordOwner, type PasswordRules } from '../domain/credentials/password-rules.ts'
import type { PasswordVerdict } from '../domain/credentials/password-service.ts'
import { passwordStrength } from '../domain/credentials/password-strength.ts'
import { possibleForms } from '../domain/credentials/password-text.ts'
import type { Person } from '../domain/people/person.ts'
import type { User } from '../domain/users/user.ts'
import type { FieldError, StagePorts } from '../kinds/contract/stage.ts'
import type { Store } from '../store/store.ts'

export type Passwords = StagePorts['passwords'] & {
  readonly rules: () => PasswordRules
  /** As a transaction sees them, for the deed that signs them in. */
  readonly userDue: (user: User, now: number) => boolean
  /** How many replaced passwords are to be kept for the history. */
  readonly kept: () => number
}

/** The service that verifies and makes hashes; its queue is bounded. */
export type PasswordHashes = {
  verify(hash: string | null, password: Secret): Promise<PasswordVerdict>
  isAmong(hashes: readonly string[], password: Secret): Promise<boolean | 'busy'>
  hash(password: Secret): Promise<string | 'busy'>
}

/** Whether one of these spellings leaked elsewhere; `unavailable` where that cannot be told. */
export type Breached = (forms: readonly Uint8Array[]) => Promise<'listed' | 'unlisted' | 'unavailable'>

export type PasswordsDeps = {
  readonly store: Pick<Store, 'read' | 'credentials'>
  readonly hashes: PasswordHashes
  /** As the settings of the instance say now. */
  readonly rules: () => PasswordRules
  readonly breached: Breached
}

export const createPasswords = (deps: PasswordsDeps): Passwords => {
  const userDue = (user: User, now: number): boolean => passwordDue(user, deps.rules().maxAge, now)
  return {
    verify: async (person, password) => {
      const kept = person?.user.active ? await passwordOf(deps, person.user.id) : null
      const verdict = await deps.hashes.verify(kept?.hash ?? null, password)
      if (verdict.verdict !== 'right') return verdict
      const { rehash } = verdict
      return {
        verdict: 'right',
        rehash: rehash === null || !kept ? null : { credential: kept.id, before: kept.hash, after: rehash },
      }
    },
    hash: deps.hashes.hash,
    weaknesses: (password, about) => weaknesses(deps, password, about),
    due: ({ user }: Person, now) => userDue(user, now),
    userDue,
    rules: deps.rules,
    kept: () => deps.rules().history - 1,
  }
}

type About = PasswordOwner & { readonly user?: UserId }

/** What costs least is asked first; the history, which takes a hash for each, last. */
const weaknesses = async (deps: PasswordsDeps, password: Secret, about: About): Promise<FieldError[]> => {
  const text = reveal(password, 'judge how strong a new password is')
  const rules = deps.rules()
  const broken = brokenRules(text, about, rules)
  if (broken.length > 0) return broken.map((one) => ({ field: 'password', ...one }))
  const found = (await guessed(text, about, rules)) ?? (await leaked(deps, text, rules))
  if (found) return [{ field: 'password', text: found }]
  return about.user === undefined ? [] : hadBefore(deps, password, about.user, rules)
}

// What zxcvbn calls the weakness, by the text that says how to mend it.
const WEAKNESSES: ReadonlyMap<string, string> = new Map([
  ['topTen', 'password.weak_common'],
  ['topHundred', 'password.weak_common'],
  ['common', 'password.weak_common'],
  ['pwned', 'password.weak_common'],
  ['similarToCommon', 'password.weak_similar'],
  ['userInputs', 'password.weak_own_words'],
  ['straightRow', 'password.weak_keys'],
  ['keyPattern', 'password.weak_keys'],
  ['simpleRepeat', 'password.weak_repeats'],
  ['extendedRepeat', 'password.weak_repeats'],
  ['sequences', 'password.weak_repeats'],
  ['recentYears', 'password.weak_dates'],
  ['dates', 'password.weak_dates'],
])

const guessed = async (text: string, about: About, { scoreAbove, forbiddenWords }: PasswordRules) => {
  if (scoreAbove === null) return null
  const known = [about.username, about.name, about.email, ...PRODUCT, ...forbiddenWords]
  const { score, weakness } = await passwordStrength(text, known)
  return score > scoreAbove ? null : (WEAKNESSES.get(weakness ?? '') ?? 'password.weak_short')
}

const PRODUCT = ['gatehouse', 'password']

/** Where it cannot be told, no new password is taken: whoever asked for the check does not want it passed by. */
const leaked = async (deps: PasswordsDeps, text: string, { checkBreached }: PasswordRules) => {
  if (!checkBreached) return null
  const found = await deps.breached(possibleForms(text))
  return found === 'unlisted' ? null : found === 'listed' ? 'password.breached' : 'password.cannot_be_checked'
}

const hadBefore = async (
  deps: PasswordsDeps,
  password: Secret,
  user: UserId,
  { history }: PasswordRules,
): Promise<FieldError[]> => {
  const { store, hashes } = deps
  const present = await passwordOf(deps, user)
  const former = history > 1 ? await store.credentials.formerPasswords(store.read, user, history - 1) : []
  const found = await hashes.isAmong(present ? [present.hash, ...former] : former, password)
  if (found === 'busy') return [{ field: null, text: 'form.busy' }]
  return found ? [{ field: 'password', text: 'password.had_before' }] : []
}

const passwordOf = async (
  { store }: Pick<PasswordsDeps, 'store'>,
  user: UserId,
): Promise<{ readonly id: CredentialId; readonly hash: string } | null> => {
  const [credential] = await store.credentials.of(store.read, user, 'password')
  return typeof credential?.data.hash === 'string' ? { id: credential.id, hash: credential.data.hash } : null
}
