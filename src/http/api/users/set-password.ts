/** A password set on somebody's behalf: whoever knew the old one is out, at every door (F13, G15, A33). */
import { type CredentialId, newId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import { secret } from '../../../base/secret.ts'
import { endEverything } from '../../../core/end-everything.ts'
import { passwordFault } from '../../../domain/credentials/password-text.ts'
import { readPasswordHash } from '../../../domain/credentials/read-password-hash.ts'
import type { User } from '../../../domain/users/user.ts'
import type { FieldError } from '../../../kinds/contract/stage.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { NewPassword } from './user-values.ts'

type About = { readonly username: string; readonly name: string; readonly email: string }

/** The hash to keep. Made before the transaction, which must not wait for it; a dry run judges and makes none. */
export const preparePassword = async (
  deps: Pick<ApiDeps, 'passwords'>,
  given: NewPassword,
  about: About,
  dryRun: boolean,
): Promise<Result<string, ApiFailure>> => {
  if ('hash' in given) {
    return readPasswordHash(given.hash).kind === 'hash'
      ? ok(given.hash)
      : invalid([{ path: 'password.hash', message: 'is in no form that is known here' }])
  }
  const fault = passwordFault(given.value)
  if (fault) return invalid([{ path: 'password.value', message: FAULTS[fault] }])
  const password = secret(given.value)
  const weak = deps.passwords.weaknesses(password, about)
  if (weak.length > 0) return invalid(weak.map((one) => ({ path: 'password.value', message: weakness(one) })))
  if (dryRun) return ok('')
  const hash = await deps.passwords.hash(password)
  return hash === 'busy' ? refuse('busy', 'Too many passwords are being hashed; try again in a moment.') : ok(hash)
}

const invalid = (issues: Issue[]) => refuse('invalid', 'The password is not valid.', issues)

const FAULTS = { empty: 'is empty', too_long: 'is too long', malformed: 'holds characters that no password may have' }

/** The rules of passwords in the API's words; pages say them in the person's language. */
const weakness = ({ text, values }: FieldError): string => {
  if (text === 'password.too_short') return `must have ${values?.count ?? 'more'} characters at least`
  if (text === 'password.is_your_name') return 'must not be the name or address of the person'
  if (text === 'password.forbidden_word') return 'must not hold a word that the settings forbid'
  if (text === 'password.too_simple') return 'must not be of a few letters only'
  return 'is too weak'
}

/** In the transaction that judged it. The browser that sets its own person's password stays signed in. */
export const setPassword = async (
  deps: Pick<ApiDeps, 'store' | 'random' | 'mails'>,
  changing: Changing,
  user: User,
  hash: string,
): Promise<void> => {
  const { tx, now, caller } = changing
  await deps.store.credentials.setPassword(tx, user.id, newId<CredentialId>(now, deps.random), hash, now)
  const own = caller.kind === 'session' && caller.person.user.id === user.id
  const ended = await endEverything(deps.store, changing.tx, {
    user: user.id,
    why: 'password changed',
    now: changing.now,
    except: own ? caller.session.id : undefined,
  })
  await changing.record('user.password_set', `users/${user.id}`, { ended })
  // A first password is no change.
  if (user.passwordChangedAt !== null) await deps.mails.notify(tx, 'password_changed', user.id, changing.facts)
}
