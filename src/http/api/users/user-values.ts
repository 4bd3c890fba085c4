/**
 * People as the API takes and gives them: the values of the configuration file (DESIGN §10). What is answered can be sent
 * back and changes nothing. `meta` is what nobody sets.
 */

import type { GroupId } from '../../../base/ids.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { Group, Membership } from '../../../domain/groups/group.ts'
import type { Email, User } from '../../../domain/users/user.ts'
import { UserSpec } from '../../../resources/file/people-spec.ts'
import { Instant, instant, MaybeInstant, Meta, maybeInstant } from '../shapes.ts'

/** A person with what belongs to the values of one. */
export type WholeUser = {
  readonly user: User
  /** The primary one first. */
  readonly emails: readonly Email[]
  readonly memberships: readonly Membership[]
  /** Null where they were not read: lists leave them out. */
  readonly subjects: ReadonlyMap<string, string> | null
}

const file = UserSpec.properties

const mustChange = Type.Optional(
  Type.Boolean({
    description:
      'Whether another must be chosen at the next sign-in. Left out, that is so of a plain one that is set for somebody else.',
  }),
)

export const NewPassword = Type.Union(
  [
    Closed({ value: Type.String({ minLength: 1, maxLength: 4096 }), must_change: mustChange }),
    Closed({
      hash: Type.String({ minLength: 1, maxLength: 1024, description: 'As another house hashed it.' }),
      must_change: mustChange,
    }),
  ],
  {
    'x-by-key': true,
    writeOnly: true,
    description: 'Set, and never given back. Ends what the person is signed in to.',
  },
)

export type NewPassword = Static<typeof NewPassword>

const UserMeta = Meta({
  id: Type.String({ format: 'id' }),
  username: Type.String(),
  number: Type.Integer(),
  managed_by: Type.Union([Type.String(), Type.Null()], { description: 'The file that manages the person, or null.' }),
  created_at: Instant('When the person was made.'),
  updated_at: Instant('When the values last changed.'),
  held: Type.Union([Type.Enum(['locked', 'approval']), Type.Null()], {
    description:
      'Why they are switched off until somebody lets go of them: they locked their account, or wait for a yes.',
  }),
  last_login_at: MaybeInstant('When they last signed in.'),
  password_changed_at: MaybeInstant('When the password last changed.'),
  must_change_password: Type.Boolean({ description: 'Whether another must be chosen at the next sign-in.' }),
})

const identity = {
  id: Type.Optional({ ...file.id, description: 'For a new person, and by an administrator: who they are.' }),
  number: file.number,
}
const common = {
  name: file.name,
  kind: file.kind,
  active: Type.Optional(
    Type.Boolean({ description: 'Left out, a new person is active and a present one stays as is.' }),
  ),
  attributes: file.attributes,
  locale: file.locale,
  subjects: file.subjects,
}

/** What a PUT takes. */
export const UserBody = Closed(
  {
    ...identity,
    ...common,
    email: file.email,
    emails: file.emails,
    groups: file.groups,
    password: Type.Optional(NewPassword),
    meta: Type.Optional(Type.Unknown({ readOnly: true })),
  },
  { title: 'UserValues' },
)
export type UserBody = Static<typeof UserBody>

/** What is answered. */
export const UserView = Closed(
  {
    ...common,
    emails: file.emails,
    groups: file.groups,
    meta: UserMeta,
  },
  { title: 'User' },
)

export const wholeValues = ({ user, emails, memberships, subjects }: WholeUser, groups: Groups): JsonObject => ({
  name: user.name,
  kind: user.kind,
  active: user.active,
  attributes: user.attributes,
  ...(user.locale === null ? {} : { locale: user.locale }),
  emails: emails.map(({ address, verifiedAt }) => ({ address, verified: verifiedAt !== null })),
  groups: membershipValues(memberships, groups),
  ...(subjects === null ? {} : { subjects: Object.fromEntries([...subjects].sort(byName)) }),
})

type Groups = ReadonlyMap<GroupId, Group>

const membershipValues = (memberships: readonly Membership[], groups: Groups): JsonObject => {
  const entries = memberships.flatMap(({ groupId, until }): [string, JsonObject][] => {
    const slug = groups.get(groupId)?.slug
    return slug === undefined ? [] : [[slug, until === null ? {} : { until: instant(until) }]]
  })
  return Object.fromEntries(entries.sort(byName))
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : Number(a > b)

export const userView = (whole: WholeUser, groups: Groups): JsonObject => ({
  ...wholeValues(whole, groups),
  meta: userMeta(whole.user),
})

const userMeta = (user: User): Json => ({
  id: user.id,
  username: user.username,
  number: user.number,
  managed_by: user.managedBy,
  created_at: instant(user.createdAt),
  updated_at: instant(user.updatedAt),
  held: user.held?.why ?? null,
  last_login_at: maybeInstant(user.lastLoginAt),
  password_changed_at: maybeInstant(user.passwordChangedAt),
  must_change_password: user.mustChangePassword !== undefined,
})

/** What the entity tag is over: what an edit could lose. Signing in changes nothing of it. */
export const taggedValues = (whole: WholeUser, groups: Groups): JsonObject => ({
  ...wholeValues(whole, groups),
  id: whole.user.id,
  username: whole.user.username,
  managed_by: whole.user.managedBy,
})
