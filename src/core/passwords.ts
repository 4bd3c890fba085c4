/** Passwords of people: checked at the same cost for nobody as for somebody (G01), hashed off the main thread. */
import type { CredentialId } from '../base/ids.ts'
import { reveal, type Secret } from '../base/secret.ts'
import { holdsForbiddenWord } from '../domain/credentials/forbidden-word.ts'
import type { PasswordVerdict } from '../domain/credentials/password-service.ts'
import { passwordFault } from '../domain/credentials/password-text.ts'
import type { Person } from '../domain/people/person.ts'
import type { StagePorts } from '../kinds/contract/stage.ts'
import type { Store } from '../store/store.ts'

export type Passwords = StagePorts['passwords']

/** The service that verifies and makes hashes; its queue is bounded. */
export type PasswordHashes = {
  verify(hash: string | null, password: Secret): Promise<PasswordVerdict>
  hash(password: Secret): Promise<string | 'busy'>
}

export const createPasswords = (deps: {
  store: Store
  hashes: PasswordHashes
  /** As the settings of the instance say now. */
  rules: () => { readonly minLength: number; readonly forbiddenWords: readonly string[] }
}): Passwords => ({
  verify: async (person, password) => {
    const kept = await passwordOf(deps.store, person)
    const verdict = await deps.hashes.verify(kept?.hash ?? null, password)
    if (verdict.verdict !== 'right') return verdict
    const { rehash } = verdict
    return {
      verdict: 'right',
      rehash: rehash === null || !kept ? null : { credential: kept.id, before: kept.hash, after: rehash },
    }
  },
  hash: deps.hashes.hash,
  weaknesses: (password, about) => {
    const text = reveal(password, 'judge how strong a new password is')
    if (passwordFault(text) !== null) return [{ field: 'password', text: 'password.malformed' }]
    const length = [...text].length
    const { minLength: least, forbiddenWords } = deps.rules()
    if (length < least) return [{ field: 'password', text: 'password.too_short', values: { count: String(least) } }]
    const folded = text.toLowerCase()
    const own = [about.username, about.email, about.email.split('@')[0] ?? ''].filter(Boolean)
    if (own.some((name) => name.toLowerCase() === folded)) return [{ field: 'password', text: 'password.is_your_name' }]
    // The rule is named and never the word: the list tells a guesser what others may have in theirs.
    if (holdsForbiddenWord(text, forbiddenWords)) return [{ field: 'password', text: 'password.forbidden_word' }]
    return new Set(text).size < 4 ? [{ field: 'password', text: 'password.too_simple' }] : []
  },
})

const passwordOf = async (
  store: Store,
  person: Person | null,
): Promise<{ readonly id: CredentialId; readonly hash: string } | null> => {
  if (!person?.user.active) return null
  const [credential] = await store.credentials.of(store.read, person.user.id, 'password')
  return typeof credential?.data.hash === 'string' ? { id: credential.id, hash: credential.data.hash } : null
}
