/** Passwords under rules of a test: what leaked elsewhere is told by the test, and nothing is unless it says so. */
import { createPasswords, type PasswordsDeps } from '../../src/core/passwords.ts'
import { PASSWORD_RULES, type PasswordRules } from '../../src/domain/credentials/password-rules.ts'

type Given = Pick<PasswordsDeps, 'store' | 'hashes'> & {
  readonly rules?: Partial<PasswordRules> | (() => PasswordRules)
  readonly breached?: PasswordsDeps['breached']
}

export const testPasswords = ({ store, hashes, rules = {}, breached = async () => 'unlisted' }: Given) =>
  createPasswords({
    store,
    hashes,
    rules: typeof rules === 'function' ? rules : () => ({ ...PASSWORD_RULES, ...rules }),
    breached,
  })
