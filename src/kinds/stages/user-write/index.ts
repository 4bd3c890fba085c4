/**
 * Makes a person from the answers, or changes the one who is signed in or has proven who they are. Somebody who exists
 * is never overwritten by making a new one (G09), and nothing but the fields named here is ever taken from the answers:
 * no group, no kind, no id (G14).
 */
import { newId, type UserId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import type { Person } from '../../../domain/people/person.ts'
import { emailKey, isEmailAddress, usernameKey } from '../../../domain/users/user.ts'
import {
  answers,
  invitedBy,
  know,
  newPasswordHash,
  pendingUser,
  proofs,
  typedName,
  verifiedAddress,
} from '../../contract/fact.ts'
import type { Effect, StageContext, StageEnd, StageKind } from '../../contract/stage.ts'
import { UserWriteConfig } from './config.ts'

type Outcome = 'ok' | 'refused'
type Context = StageContext<UserWriteConfig>

export const userWrite = {
  id: 'user-write',
  config: UserWriteConfig,
  version: 1,
  outcomes: ['ok', 'refused'],
  predict: () => ({ outcomes: ['ok', 'refused'], needsPerson: false, reads: [] }),
  foresee: ({ config, facts, session, purpose }) => {
    const known = purpose === 'settings' ? session !== null : (facts.get(proofs)?.length ?? 0) > 0
    if (!known || config.user_creation_mode === 'always_create') {
      return { ends: [], because: 'would not go on as themself' }
    }
    // The old password, proven before a new one was set, signs nobody in (F13).
    return facts.get(newPasswordHash) && facts.get(proofs)?.some(({ method }) => method === 'pwd')
      ? { ends: [], because: 'would have proven a password that is no longer theirs' }
      : { ends: [{ outcome: 'ok' }], unsure: ['user'] }
  },
  open: async (context) => {
    const { user_creation_mode: mode } = context.config
    const known = mode === 'always_create' ? null : whom(context)
    if (known) return change(context, known)
    return mode === 'never_create' ? { end: 'refused' } : create(context)
  },
} satisfies StageKind<UserWriteConfig, Outcome>

/** Only who is there: a name that was typed is no right to change whoever has it (G04). */
const whom = ({ facts, person, purpose, signedIn }: Context): Person | null => {
  if (purpose === 'settings') return signedIn?.person ?? null
  return facts.get(proofs)?.length ? person : null
}

const textOf = (given: JsonObject, key: string): string | null => {
  const value = Object.hasOwn(given, key) ? given[key] : undefined
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

const attributesOf = (given: JsonObject): JsonObject | null => {
  const value = Object.hasOwn(given, 'attributes') ? given.attributes : undefined
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : null
}

const setPassword = ({ facts }: Context, user: UserId): Effect[] => {
  const hash = facts.get(newPasswordHash)
  if (!hash) return []
  const proven = facts.get(proofs) ?? []
  const since = proven.length === 0 ? {} : { since: Math.max(...proven.map(({ at }) => at)) }
  return [{ do: 'set_password', user, hash, ...since }]
}

// Written once: a flow that comes by here again does not set it again.
const spent = know(newPasswordHash, '')

const isVerified = (verified: string | undefined, email: string | null): boolean =>
  verified !== undefined && email !== null && emailKey(verified) === emailKey(email)

const create = async (context: Context): Promise<StageEnd<Outcome>> => {
  const { config, facts, ports, request } = context
  const given = facts.get(answers) ?? {}
  const email = textOf(given, 'email')
  const username = textOf(given, 'username') ?? email
  if (username === null || (email !== null && !isEmailAddress(email))) return { end: 'refused' }
  // The store refuses a taken name too, in the transaction: this one is for the person, that one for the race.
  if (await ports.people.usernameTaken(username)) return { end: 'refused' }
  if (email !== null && (await ports.people.emailTaken(email))) return { end: 'refused' }
  const invitation = facts.get(invitedBy)
  const user = newId<UserId>(request.at, ports.random)
  return {
    end: 'ok',
    know: [know(pendingUser, user), know(typedName, username), spent],
    effects: [
      {
        do: 'create_user',
        user,
        username,
        name: textOf(given, 'name') ?? username,
        kind: config.user_type,
        email,
        ...(isVerified(facts.get(verifiedAddress), email) ? { emailVerified: true } : {}),
        attributes: attributesOf(given) ?? {},
        groups: config.create_users_group === undefined ? [] : [config.create_users_group],
        newAddress: true,
        ...(invitation === undefined ? {} : { invitation }),
        ...(config.needs_approval ? { held: 'approval' } : {}),
      },
      ...setPassword(context, user),
    ],
  }
}

const change = async (context: Context, { user }: Person): Promise<StageEnd<Outcome>> => {
  const { facts, ports } = context
  const given = facts.get(answers) ?? {}
  const username = textOf(given, 'username')
  const renamed = username !== null && usernameKey(username) !== usernameKey(user.username)
  if (renamed && (await ports.people.usernameTaken(username))) return { end: 'refused' }
  const name = textOf(given, 'name')
  const locale = textOf(given, 'locale')
  const attributes = attributesOf(given)
  const patch = {
    ...(username === null || username === user.username ? {} : { username }),
    ...(name === null || name === user.name ? {} : { name }),
    ...(locale === null || locale === user.locale ? {} : { locale }),
    ...(attributes === null ? {} : { attributes: { ...user.attributes, ...attributes } }),
  }
  const effects: Effect[] = [
    ...(Object.keys(patch).length > 0 ? [{ do: 'update_user', user: user.id, patch } as const] : []),
    ...setPassword(context, user.id),
  ]
  return { end: 'ok', know: [spent], effects }
}
