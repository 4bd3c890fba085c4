/** What an apply does to people: compares those of the files with those present. */
import { type GroupId, newId, type UserId } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Issue } from '../../base/schema.ts'
import { compare, type FieldChange } from '../schema/field-changes.ts'
import type { Desired, DesiredUser } from './desired.ts'
import type { FilesDeps } from './files-deps.ts'
import type { UserSpec } from './people-spec.ts'
import { type PreparedPassword, type PreparedPasswords, passwordToSet } from './prepare-passwords.ts'
import { matchUsers, type PresentPeople, type PresentUser } from './present-people.ts'

export type DesiredEmail = { readonly address: string; readonly verified: boolean }
export type DesiredMembership = { readonly group: GroupId; readonly slug: string; readonly until: number | null }

export type UserStep = {
  readonly action: 'create' | 'update' | 'rename' | 'disable' | 'none'
  readonly username: string
  readonly id: UserId
  readonly present: PresentUser | null
  readonly desired: DesiredUser | null
  readonly changes: readonly FieldChange[]
  /** Null where the file says nothing of addresses. */
  readonly emails: readonly DesiredEmail[] | null
  readonly memberships: readonly DesiredMembership[]
  readonly password: PreparedPassword | null
}

export type UserPlan = { readonly steps: readonly UserStep[]; readonly issues: readonly Issue[] }

type Groups = { readonly ids: ReadonlyMap<string, GroupId>; readonly slugs: ReadonlyMap<string, string> }

export const planUsers = (
  deps: FilesDeps,
  input: {
    readonly desired: Desired
    readonly people: PresentPeople
    readonly passwords: PreparedPasswords
    readonly groupIds: ReadonlyMap<string, GroupId>
  },
): UserPlan => {
  const { people } = input
  const slugs = new Map<string, string>(people.groups.map((group) => [group.id, group.slug]))
  for (const [slug, id] of input.groupIds) slugs.set(id, slug)
  const groups: Groups = { ids: input.groupIds, slugs }
  const issues: Issue[] = []
  const steps: UserStep[] = []
  const kept = new Set<string>()
  for (const [desired, { present, problem }] of matchUsers(people, input.desired)) {
    const path = `users.${desired.username}`
    if (problem) issues.push({ path: `${path}.id`, message: problem })
    if (present && kept.has(present.user.id)) issues.push({ path, message: 'is the same person as another here' })
    if (present) kept.add(present.user.id)
    issues.push(...judge(path, desired.spec, present, groups))
    steps.push(stepFor(deps, desired, present, groups, passwordToSet(input.passwords, desired, present)))
  }
  for (const present of people.byId.values()) {
    if (present.user.managedBy !== null && !kept.has(present.user.id)) steps.push(dropStep(present))
  }
  return { steps, issues }
}

const judge = (path: string, spec: UserSpec, present: PresentUser | null, groups: Groups): Issue[] => {
  const issues: Issue[] = []
  if (present && spec.number !== undefined && spec.number !== present.user.number) {
    issues.push({ path: `${path}.number`, message: `is ${present.user.number} and never changes` })
  }
  const named = Array.isArray(spec.groups) ? spec.groups : Object.keys(spec.groups)
  for (const [index, slug] of named.entries()) {
    if (groups.ids.has(slug)) continue
    const at = Array.isArray(spec.groups) ? `[${index}]` : `.${slug}`
    issues.push({ path: `${path}.groups${at}`, message: `there is no "${slug}" among groups` })
  }
  return issues
}

const stepFor = (
  deps: FilesDeps,
  desired: DesiredUser,
  present: PresentUser | null,
  groups: Groups,
  password: PreparedPassword | null,
): UserStep => {
  const emails = emailsOf(desired.spec)
  const memberships = membershipsOf(desired.spec, groups)
  const before = present ? describe(present, groups) : {}
  const after = describeDesired(desired, before, present, emails, memberships)
  const differing = compare(before, after, '').filter((change) => present !== null || !isEmpty(change.after))
  const changes = [...differing, ...passwordChange(password)]
  const renamed = present !== null && present.user.username !== desired.username
  const action = !present ? 'create' : renamed ? 'rename' : changes.length > 0 ? 'update' : 'none'
  // The schema has checked that it is a UUID.
  const pinned = desired.spec.id as UserId | undefined
  const id = present?.user.id ?? pinned ?? newId<UserId>(deps.clock.now(), deps.random)
  return { action, username: desired.username, id, present, desired, changes, emails, memberships, password }
}

/** Of somebody new, what they do not have says nothing. */
const isEmpty = (value: Json | undefined): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

const passwordChange = (password: PreparedPassword | null): FieldChange[] => {
  if (!password) return []
  return [{ path: 'password', ...(password.instead === null ? {} : { before: '[set]' }), after: '[set by the file]' }]
}

/** Somebody whom the file no longer names is disabled, never deleted, and the file lets go of them. */
const dropStep = (present: PresentUser): UserStep => {
  const { user } = present
  const changes: FieldChange[] = [
    ...(user.active ? [{ path: 'active', before: true, after: false }] : []),
    { path: 'managed_by', before: user.managedBy },
  ]
  const action = user.active ? 'disable' : 'update'
  const step = { username: user.username, id: user.id, present, desired: null, changes, emails: null }
  return { action, ...step, memberships: [], password: null }
}

const emailsOf = (spec: UserSpec): DesiredEmail[] | null => {
  if (spec.email !== undefined) return [{ address: spec.email, verified: true }]
  return spec.emails?.map((one) => (typeof one === 'string' ? { address: one, verified: true } : one)) ?? null
}

const membershipsOf = (spec: UserSpec, groups: Groups): DesiredMembership[] => {
  const entries = Array.isArray(spec.groups)
    ? spec.groups.map((slug) => [slug, undefined] as const)
    : Object.entries(spec.groups).map(([slug, { until }]) => [slug, until] as const)
  return entries.flatMap(([slug, until]) => {
    const group = groups.ids.get(slug)
    return group === undefined ? [] : [{ group, slug, until: until === undefined ? null : Date.parse(until) }]
  })
}

const describe = ({ user, emails, memberships, subjects }: PresentUser, groups: Groups): JsonObject => ({
  username: user.username,
  name: user.name,
  kind: user.kind,
  active: user.active,
  attributes: user.attributes,
  ...(user.locale === null ? {} : { locale: user.locale }),
  emails: emails.map((email) => spellEmail({ address: email.address, verified: email.verifiedAt !== null })),
  groups: memberships.map(({ groupId, until }) => spellMembership(groups.slugs.get(groupId) ?? groupId, until)).sort(),
  subjects: Object.fromEntries(subjects),
  ...(user.managedBy === null ? {} : { managed_by: user.managedBy }),
})

/** What is left out stays as it is, except for groups; and a person whom the file takes on anew is active. */
const describeDesired = (
  { username, spec, file }: DesiredUser,
  before: JsonObject,
  present: PresentUser | null,
  emails: readonly DesiredEmail[] | null,
  memberships: readonly DesiredMembership[],
): JsonObject => ({
  ...before,
  username,
  name: spec.name ?? present?.user.name ?? username,
  kind: spec.kind ?? present?.user.kind ?? 'internal',
  active: activeAfter(spec, present),
  attributes: spec.attributes ?? present?.user.attributes ?? {},
  ...(spec.locale === undefined ? {} : { locale: spec.locale }),
  emails: emails ? spellEmails(emails) : (before.emails ?? []),
  groups: memberships.map(({ slug, until }) => spellMembership(slug, until)).sort(),
  subjects: { ...(present ? Object.fromEntries(present.subjects) : {}), ...spec.subjects },
  managed_by: file,
})

/**
 * Somebody switched off in the console stays off at the next start, unless the file says `active: true`: a leaver must
 * not come back with a restart. Somebody the file takes on again is switched on with that.
 */
export const activeAfter = (spec: UserSpec, present: PresentUser | null): boolean => {
  // Whoever locked their account, or waits for a yes, is let in by a person and by no file (G11).
  if (present?.user.held) return false
  return spec.active ?? (present && present.user.managedBy !== null ? present.user.active : true)
}

/** The primary one first, the others by address, as they are read from the store. */
const spellEmails = (emails: readonly DesiredEmail[]): string[] => {
  const [primary, ...others] = emails
  return primary ? [spellEmail(primary), ...others.map(spellEmail).sort()] : []
}

const spellEmail = ({ address, verified }: DesiredEmail): string => (verified ? address : `${address} (unverified)`)

const spellMembership = (slug: string, until: number | null): string =>
  until === null ? slug : `${slug} until ${new Date(until).toISOString()}`
