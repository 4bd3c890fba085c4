/** Whether a password is the one behind a stored hash, under any spelling that may have been hashed (M03). */
import type { PasswordHash } from './password-hash.ts'
import { passwordFault, possibleForms } from './password-text.ts'
import { readPasswordHash } from './read-password-hash.ts'

/** False for whatever cannot be checked: unusable, unsupported and malformed hashes, and texts that are no password. */
export const verifyPassword = async (stored: string, password: string): Promise<boolean> =>
  passwordFault(password) === null && matchesAny(readPasswordHash(stored), possibleForms(password))

/** One after another, and all of them unless one is right: how many there are tells of the typed text only. */
export const matchesAny = async (hash: PasswordHash, forms: readonly Uint8Array[]): Promise<boolean> => {
  if (hash.kind !== 'hash') return false
  for (const form of forms) if (await hash.matches(form)) return true
  return false
}
