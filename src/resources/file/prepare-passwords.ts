/**
 * Which passwords of a file are to be set, found out before the transaction, since hashing takes time and a transaction
 * awaits nothing but queries. A file's password is the first one only, unless `enforce` puts it back (DESIGN §10).
 */
import type { UserId } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import { reveal, type Secret, secret } from '../../base/secret.ts'
import { holdsForbiddenWord } from '../../domain/credentials/forbidden-word.ts'
import { passwordFault } from '../../domain/credentials/password-text.ts'
import { readPasswordHash } from '../../domain/credentials/read-password-hash.ts'
import { usernameKey } from '../../domain/users/user.ts'
import { isObject } from '../schema/annotated-schema.ts'
import type { SecretSources } from '../secrets/settle-secrets.ts'
import { type SettingsSpec, settingsType } from '../types/settings-type.ts'
import type { Desired, DesiredUser } from './desired.ts'
import type { FilesDeps } from './files-deps.ts'
import type { PasswordSpec } from './people-spec.ts'
import { matchUsers, type PresentPeople, type PresentUser } from './present-people.ts'

export type PreparedPassword = {
  readonly hash: string
  /** The hash it takes the place of: another one by then is somebody else's doing and stays. */
  readonly instead: string | null
  readonly mustChange: boolean
  /** What tells the next apply that the file's hash was set already; null for plain passwords, which are verified. */
  readonly mark: string | null
}

/** By `usernameKey`. */
export type PreparedPasswords = ReadonlyMap<string, PreparedPassword>

export const preparePasswords = async (
  deps: FilesDeps,
  input: {
    readonly desired: Desired
    readonly people: PresentPeople
    readonly sources: SecretSources
    /** A plan only needs to know whether; it spends no time on hashing. */
    readonly hashNow: boolean
  },
): Promise<Result<PreparedPasswords, Issue[]>> => {
  const prepared = new Map<string, PreparedPassword>()
  const issues: Issue[] = []
  const forbidden = forbiddenBy(input.desired) ?? deps.forbiddenWords()
  for (const [user, { present }] of matchUsers(input.people, input.desired)) {
    if (!user.spec.password) continue
    const made = await prepareOne(deps, { ...input, forbidden }, user.spec.password, present)
    if (!made.ok) issues.push({ path: `users.${user.username}.password`, message: made.error })
    else if (made.value) prepared.set(usernameKey(user.username), made.value)
  }
  return issues.length > 0 ? err(issues) : ok(prepared)
}

/** The words that the file itself forbids: whoever applies both at once means the new ones. */
const forbiddenBy = ({ resources }: Desired): readonly string[] | null => {
  const settings = resources.find(({ type }) => type.type === settingsType.type)
  // Read by the schema of this very type.
  return settings ? (settings.spec as SettingsSpec).password.forbidden_words : null
}

type Input = { readonly sources: SecretSources; readonly hashNow: boolean; readonly forbidden: readonly string[] }
type Prepared = Promise<Result<PreparedPassword | null, string>>

const prepareOne = async (deps: FilesDeps, input: Input, spec: PasswordSpec, present: PresentUser | null): Prepared => {
  const instead = present?.passwordHash ?? null
  // Once there is a password, the file need not even be able to tell its own any more.
  if (instead !== null && !spec.enforce) return ok(null)
  if ('hash' in spec) return prepareHash(deps, spec, present, instead)
  const plain = readPlain(spec, input.sources)
  if (!plain.ok) return plain
  if (instead !== null) {
    const { verdict } = await deps.passwords.verify(instead, plain.value)
    if (verdict === 'busy') return err('cannot be checked now: too many passwords are being checked; try again')
    if (verdict === 'right') return ok(null)
  }
  if (holdsForbiddenWord(reveal(plain.value, 'judge a password of a file'), input.forbidden)) {
    return err('holds a word that the settings forbid (password.forbidden_words)')
  }
  const hash = input.hashNow ? await deps.passwords.hash(plain.value) : ''
  if (hash === 'busy') return err('cannot be hashed now: too many passwords are being checked; try again')
  return ok({ hash, instead, mustChange: spec.must_change, mark: null })
}

const prepareHash = async (
  deps: FilesDeps,
  { hash, must_change: mustChange }: Extract<PasswordSpec, { hash: string }>,
  present: PresentUser | null,
  instead: string | null,
): Prepared => {
  const read = readPasswordHash(hash)
  if (read.kind === 'unsupported') return err(`is a hash that is not supported: ${read.why}`)
  const mark = markOf(deps, hash)
  const made = ok({ hash, instead, mustChange, mark })
  if (!present || instead === null) return made
  // A foreign hash is made anew at the next sign-in; that is still the file's password and must not be put back.
  const noted = await deps.store.instance.get(deps.store.read, markName(present.user.id))
  return instead === hash || isNoted(noted, mark, present.user.passwordChangedAt) ? ok(null) : made
}

const markOf = (deps: FilesDeps, hash: string): string => deps.ring.hash('file-password', hash)

/** Where it is noted which of a file's hashes was set last. */
export const markName = (user: UserId): string => `file_password/${user}`

const isNoted = (noted: Json | undefined, mark: string, changedAt: number | null): boolean =>
  isObject(noted) && noted.mark === mark && noted.at === changedAt

const readPlain = (spec: Exclude<PasswordSpec, { hash: string }>, sources: SecretSources): Result<Secret, string> => {
  const read = readText(spec, sources)
  if (!read.ok) return read
  const fault = passwordFault(read.value)
  return fault ? err(`cannot be used: ${fault}`) : ok(secret(read.value))
}

const readText = (spec: Exclude<PasswordSpec, { hash: string }>, sources: SecretSources): Result<string, string> => {
  if ('value' in spec) return ok(spec.value)
  if ('file' in spec) return sources.file(spec.file)
  if (/^(GATEHOUSE|AUTHENTIK)_/.test(spec.env)) return err(`${spec.env} is the server’s own and serves nothing else`)
  const value = sources.env(spec.env)
  return value ? ok(value) : err(`the environment variable ${spec.env} is not set`)
}

/** Whether this person of the file gets a password in this apply, and which. */
export const passwordToSet = (
  prepared: PreparedPasswords,
  { username }: DesiredUser,
  present: PresentUser | null,
): PreparedPassword | null => {
  const found = prepared.get(usernameKey(username))
  return found && found.instead === (present?.passwordHash ?? null) ? found : null
}
