/** A password set on somebody's behalf: whoever knew the old one is out, at every door (F13, G15, A33). */
import { type CredentialId, newId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import { secret } from '../../../base/secret.ts'
import { endEverything, endSessions } from '../../../core/end-everything.ts'
import type { PasswordOwner } from '../../../domain/credentials/password-rules.ts'
import { passwordFault } from '../../../domain/credentials/password-text.ts'
import { readPasswordHash } from '../../../domain/credentials/read-password-hash.ts'
import type { User } from '../../../domain/users/user.ts'
import type { FieldError } from '../../../kinds/contract/stage.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import type { NewPassword } from './user-values.ts'

/**
 * Not whose it is: what they had before is judged where they choose for themself. Here the answer would tell whoever holds
 * a token what that person's passwords are, one try after another.
 */
type About = PasswordOwner

export type PreparedPassword = {
  readonly hash: string
  /** Left open, so it is of a plain one that somebody is given by somebody else: then two know it. */
  readonly mustChange: boolean | undefined
  readonly plain: boolean
}

/** The hash to keep. Made before the transaction, which must not wait for it; a dry run judges and makes none. */
export const preparePassword = async (
  deps: Pick<ApiDeps, 'passwords'>,
  given: NewPassword,
  about: About,
  dryRun: boolean,
): Promise<Result<PreparedPassword, ApiFailure>> => {
  const mustChange = given.must_change
  if ('hash' in given) {
    return readPasswordHash(given.hash).kind === 'hash'
      ? ok({ hash: given.hash, mustChange, plain: false })
      : invalid([{ path: 'password.hash', message: 'is in no form that is known here' }])
  }
  const fault = passwordFault(given.value)
  if (fault) return invalid([{ path: 'password.value', message: FAULTS[fault] }])
  const password = secret(given.value)
  const weak = await deps.passwords.weaknesses(password, about)
  if (weak.length > 0) return invalid(weak.map((one) => ({ path: 'password.value', message: weakness(one) })))
  if (dryRun) return ok({ hash: '', mustChange, plain: true })
  const hash = await deps.passwords.hash(password)
  return hash === 'busy'
    ? refuse('busy', 'Too many passwords are being hashed; try again in a moment.')
    : ok({ hash, mustChange, plain: true })
}

const invalid = (issues: Issue[]) => refuse('invalid', 'The password is not valid.', issues)

const FAULTS = { empty: 'is empty', too_long: 'is too long', malformed: 'holds characters that no password may have' }

/** The rules of passwords in the API's words; pages say them in the person's language. */
const weakness = ({ text, values }: FieldError): string =>
  WEAKNESSES[text]?.replace('{count}', values?.count ?? 'more') ?? 'is too easy to guess'

const WEAKNESSES: Readonly<Record<string, string>> = {
  'password.too_short': 'must have {count} characters at least',
  'password.needs_digits': 'must have {count} digits at least',
  'password.needs_uppercase': 'must have {count} capital letters at least',
  'password.needs_lowercase': 'must have {count} small letters at least',
  'password.needs_symbols': 'must have {count} characters at least that are neither letter nor digit',
  'password.is_your_name': 'must not be the name or address of the person',
  'password.forbidden_word': 'must not hold a word that the settings forbid',
  'password.too_simple': 'must not be of a few letters only',
  'password.weak_common': 'is among the first that are tried',
  'password.breached': 'is on a list of passwords that leaked elsewhere',
  'password.cannot_be_checked':
    'cannot be checked against leaked passwords now: the filter is missing or damaged, and the log says more',
}

const isForOneSignIn = ({ mustChange, plain }: PreparedPassword, caller: Changing['caller'], user: User): boolean =>
  // A machine signs in nowhere, and nobody is there to choose another.
  mustChange ?? (plain && user.kind !== 'service_account' && caller.person.user.id !== user.id)

/** In the transaction that judged it. The browser that sets its own person's password stays signed in. */
export const setPassword = async (
  deps: Pick<ApiDeps, 'store' | 'random' | 'mails' | 'passwords'>,
  changing: Changing,
  user: User,
  prepared: PreparedPassword,
): Promise<void> => {
  const { tx, now, caller } = changing
  const id = newId<CredentialId>(now, deps.random)
  const must = isForOneSignIn(prepared, caller, user)
  await deps.store.credentials.setPassword(tx, user.id, id, prepared.hash, now, {
    keep: deps.passwords.kept(),
    mustChange: must,
  })
  const except = caller.kind === 'session' && caller.person.user.id === user.id ? caller.session.id : undefined
  const reason = { user: user.id, why: 'password changed', now, except }
  const all = except === undefined || deps.passwords.rules().endsGrants
  const ended = await (all ? endEverything : endSessions)(deps.store, tx, reason)
  await changing.record('user.password_set', `users/${user.id}`, { ended, ...(must ? { mustChange: true } : {}) })
  // A first password is no change.
  if (user.passwordChangedAt !== null) await deps.mails.notify(tx, 'password_changed', user.id, changing.facts)
}
