/** Makes or changes a person, each deed with its event, once it was judged whether the caller may (I03, I10, I11). */
import { type EmailId, newId, type UserId } from '../../../base/ids.ts'
import { ok, type Result } from '../../../base/result.ts'
import { endEverything } from '../../../core/end-everything.ts'
import type { User } from '../../../domain/users/user.ts'
import { changesDetail } from '../../../resources/edit/write-revisions.ts'
import { compare, type FieldChange } from '../../../resources/schema/field-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'
import type { ApiFailure } from '../problem.ts'
import { asPerson, intoGroup, outOfGroup } from '../targets.ts'
import { type DesiredUser, desiredValues, readDesired } from './desired-user.ts'
import { readWhole } from './read-users.ts'
import { type PreparedPassword, setPassword } from './set-password.ts'
import { tellNewAddress } from './tell-new-address.ts'
import { type UserBody, type WholeUser, wholeValues } from './user-values.ts'

type Deps = Pick<ApiDeps, 'store' | 'random' | 'mails' | 'passwords'>

export type UserWrite = {
  readonly username: string
  readonly before: WholeUser | null
  readonly body: UserBody
  /** The password in the body, or null where there is none. */
  readonly password: PreparedPassword | null
}

export type Written = {
  readonly outcome: 'created' | 'updated' | 'unchanged'
  readonly whole: WholeUser
  readonly changes: readonly FieldChange[]
}

export const writeUser = async (
  deps: Deps,
  changing: Changing,
  write: UserWrite,
): Promise<Result<Written, ApiFailure>> => {
  const { username, before, body, password } = write
  const { groups } = await changing.authority()
  const read = readDesired(username, body, before, groups)
  if (!read.ok) return read
  const desired = read.value
  const allowed = await judge(changing, write, desired)
  if (!allowed.ok) return allowed
  const present = before ? wholeValues(before, groups) : {}
  const changes = [...compare(present, desiredValues(desired, groups), ''), ...passwordChange(password)]
  if (before && changes.length === 0) return ok({ outcome: 'unchanged', whole: before, changes })
  const user = before ? await update(deps, changing, before, desired) : await create(deps, changing, write, desired)
  await settleEmails(deps, changing, user.id, before, desired)
  if (before) await tellNewAddress(deps, changing, user, before.emails)
  await settleMemberships(deps, changing, user.id, before, desired)
  for (const [scope, value] of desired.subjects) {
    if (before?.subjects?.get(scope) !== value) await deps.store.users.setSubject(changing.tx, user.id, scope, value)
  }
  await recordWrite(changing, user, before, changes)
  if (before?.user.active && !desired.active)
    await endEverything(deps.store, changing.tx, { user: user.id, why: 'person disabled', now: changing.now })
  if (password !== null) await setPassword(deps, changing, user, password)
  const standing = (await deps.store.users.byId(changing.tx, user.id)) ?? user
  const whole = await readWhole(deps.store, changing.tx, standing)
  return ok({ outcome: before ? 'updated' : 'created', whole, changes })
}

const passwordChange = (password: PreparedPassword | null): FieldChange[] =>
  password === null ? [] : [{ path: 'password', after: '[set]' }]

// --- Whether the caller may.

const judge = async (
  changing: Changing,
  { before, body, password }: UserWrite,
  desired: DesiredUser,
): Promise<Result<true, ApiFailure>> => {
  const person = before ? await asPerson(changing, before.user) : {}
  const touched = changing.allows('users.write', person)
  if (!touched.ok) return touched
  if (password !== null) {
    const allowed = changing.allows('users.reset_password', person)
    if (!allowed.ok) return allowed
  }
  // Who somebody is to applications: under another's id or subject they would be that person there.
  if (setsIdentity(body, before, desired)) {
    const allowed = changing.allows('users.write', { isAdministrator: true })
    if (!allowed.ok) return allowed
  }
  return judgeMemberships(changing, before, desired)
}

const setsIdentity = (body: UserBody, before: WholeUser | null, desired: DesiredUser): boolean => {
  if (!before && (body.id !== undefined || body.number !== undefined)) return true
  return [...desired.subjects].some(([scope, value]) => before?.subjects?.get(scope) !== value)
}

const judgeMemberships = async (
  changing: Changing,
  before: WholeUser | null,
  desired: DesiredUser,
): Promise<Result<true, ApiFailure>> => {
  const present = new Map(before?.memberships.map(({ groupId, until }) => [groupId, until]))
  for (const [group, until] of desired.memberships) {
    if (present.get(group) === until) continue
    const allowed = changing.allows('groups.write', await intoGroup(changing, group))
    if (!allowed.ok) return allowed
  }
  for (const group of present.keys()) {
    if (desired.memberships.has(group)) continue
    const allowed = changing.allows('groups.write', await outOfGroup(changing, group))
    if (!allowed.ok) return allowed
  }
  return ok(true)
}

// --- The deeds.

const rowOf = ({ name, kind, active, attributes, locale }: DesiredUser) => ({ name, kind, active, attributes, locale })

const create = (deps: Deps, { tx, now, caller }: Changing, write: UserWrite, desired: DesiredUser): Promise<User> =>
  deps.store.users.insert(tx, {
    // The schema has checked that it is a UUID.
    id: (write.body.id as UserId | undefined) ?? newId<UserId>(now, deps.random),
    ...(write.body.number === undefined ? {} : { number: write.body.number }),
    username: write.username,
    ...rowOf(desired),
    organisation: caller.person.user.organisation,
    managedBy: null,
    createdAt: now,
  })

const update = (deps: Deps, { tx, now }: Changing, before: WholeUser, desired: DesiredUser): Promise<User> =>
  deps.store.users.update(tx, before.user.id, rowOf(desired), now)

const recordWrite = async (
  { record }: Changing,
  user: User,
  before: WholeUser | null,
  changes: readonly FieldChange[],
): Promise<void> => {
  const was = before?.user.active
  const type = !before ? 'user.created' : was === user.active ? 'user.updated' : was ? 'user.disabled' : 'user.enabled'
  await record(type, `users/${user.id}`, { username: user.username, ...changesDetail(changes) })
}

const settleEmails = async (
  { store, random }: Deps,
  { tx, now }: Changing,
  userId: UserId,
  before: WholeUser | null,
  desired: DesiredUser,
): Promise<void> => {
  const present = before?.emails ?? []
  // One that is no longer vouched for is taken away and put back unverified.
  const kept = present.filter(({ address, verifiedAt }) =>
    desired.emails.some((one) => one.address === address && (one.verified || verifiedAt === null)),
  )
  for (const email of present) if (!kept.includes(email)) await store.emails.remove(tx, email.id)
  for (const [index, { address, verified }] of desired.emails.entries()) {
    const stands = kept.find((email) => email.address === address)
    const id = stands?.id ?? newId<EmailId>(now, random)
    const proof = verified ? ({ verifiedAt: now, verifiedBy: 'administrator' } as const) : UNVERIFIED
    if (!stands) await store.emails.insert(tx, { id, userId, address, primary: false, ...proof })
    else if (verified && stands.verifiedAt === null) await store.emails.verify(tx, id, 'administrator', now)
    if (index === 0 && !stands?.primary) await store.emails.setPrimary(tx, userId, id)
  }
}

const UNVERIFIED = { verifiedAt: null, verifiedBy: null }

const settleMemberships = async (
  { store }: Deps,
  changing: Changing,
  user: UserId,
  before: WholeUser | null,
  desired: DesiredUser,
): Promise<void> => {
  const { tx } = changing
  const { groups } = await changing.authority()
  const slugOf = (id: Parameters<typeof groups.get>[0]) => groups.get(id)?.slug ?? id
  for (const { groupId } of before?.memberships ?? []) {
    if (desired.memberships.has(groupId)) continue
    await store.groups.removeMember(tx, user, groupId)
    await changing.record('membership.removed', `users/${user}`, { group: slugOf(groupId) })
  }
  for (const [groupId, until] of desired.memberships) {
    if (await store.groups.addMember(tx, { userId: user, groupId, until })) {
      await changing.record('membership.added', `users/${user}`, { group: slugOf(groupId), until })
    }
  }
}
