/** Passwords of people: checked at the same cost for nobody as for somebody (G01), hashed off the main thread. */
import { reveal, type Secret } from '../base/secret.ts'
import { passwordFault } from '../domain/credentials/password-text.ts'
import type { Person } from '../domain/people/person.ts'
import type { StagePorts } from '../kinds/contract/stage.ts'
import type { Store } from '../store/store.ts'

export type Passwords = StagePorts['passwords']

/** The service that verifies and makes hashes; its queue is bounded. */
export type PasswordHashes = {
  verify(hash: string | null, password: Secret): ReturnType<Passwords['verify']>
  hash(password: Secret): Promise<string | 'busy'>
}

export const createPasswords = (deps: {
  store: Store
  hashes: PasswordHashes
  minLength: () => number
}): Passwords => ({
  verify: async (person, password) => deps.hashes.verify(await hashOf(deps.store, person), password),
  hash: deps.hashes.hash,
  weaknesses: (password, about) => {
    const text = reveal(password, 'judge how strong a new password is')
    if (passwordFault(text) !== null) return [{ field: 'password', text: 'password.malformed' }]
    const length = [...text].length
    const least = deps.minLength()
    if (length < least) return [{ field: 'password', text: 'password.too_short', values: { count: String(least) } }]
    const folded = text.toLowerCase()
    const own = [about.username, about.email, about.email.split('@')[0] ?? ''].filter(Boolean)
    if (own.some((name) => name.toLowerCase() === folded)) return [{ field: 'password', text: 'password.is_your_name' }]
    return new Set(text).size < 4 ? [{ field: 'password', text: 'password.too_simple' }] : []
  },
})

const hashOf = async (store: Store, person: Person | null): Promise<string | null> => {
  if (!person?.user.active) return null
  const [credential] = await store.credentials.of(store.read, person.user.id, 'password')
  return typeof credential?.data.hash === 'string' ? credential.data.hash : null
}
