/** What a body asks a person to be, checked against what stands: every issue at once, each with its path. */
import type { GroupId } from '../../../base/ids.ts'
import { isUuid } from '../../../base/ids.ts'
import type { Json, JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import type { Group } from '../../../domain/groups/group.ts'
import { emailKey, isEmailAddress, usernameKey } from '../../../domain/users/user.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { instant, readInstant } from '../shapes.ts'
import type { UserBody, WholeUser } from './user-values.ts'

export type DesiredEmail = { readonly address: string; readonly verified: boolean }

export type DesiredUser = {
  readonly name: string
  readonly kind: NonNullable<UserBody['kind']>
  readonly active: boolean
  readonly attributes: JsonObject
  readonly locale: string | null
  /** The primary one first. */
  readonly emails: readonly DesiredEmail[]
  readonly memberships: ReadonlyMap<GroupId, number | null>
  readonly subjects: ReadonlyMap<string, string>
}

const MOST_NAME = 150

/** How somebody who is held is let go of: by a deed of its own, so that no edit does it in passing (G11). */
export const HELD = {
  locked: 'they locked their account; unlock it',
  approval: 'they wait for a yes; approve them',
} as const

/** Issues of a new user name. One in the form of an id could stand in somebody's way (see `findUser`). */
export const usernameIssues = (username: string, path = ''): Issue[] => {
  if (usernameKey(username) === '' || username.length > MOST_NAME || /\p{Cc}/u.test(username)) {
    return [{ path, message: `a user name has 1 to ${MOST_NAME} characters and no control characters` }]
  }
  if (username !== username.trim()) return [{ path, message: 'a user name neither begins nor ends with a space' }]
  return isUuid(username) ? [{ path, message: 'a user name must not look like an id' }] : []
}

/** What is left out of a replacement is as for a new person; but who is active and what they are called in tokens stays. */
export const readDesired = (
  username: string,
  body: UserBody,
  before: WholeUser | null,
  groups: ReadonlyMap<GroupId, Group>,
): Result<DesiredUser, ApiFailure> => {
  const issues: Issue[] = before ? [] : usernameIssues(username)
  if (before?.user.held && body.active === true) {
    issues.push({ path: 'active', message: `stays off: ${HELD[before.user.held.why]}` })
  }
  const desired: DesiredUser = {
    name: body.name ?? username,
    kind: body.kind ?? 'internal',
    active: body.active ?? before?.user.active ?? true,
    // Any JSON object, by the schema.
    attributes: (body.attributes ?? {}) as JsonObject,
    locale: body.locale ?? null,
    emails: readEmails(body, issues),
    memberships: readMemberships(body, groups, issues),
    subjects: readSubjects(body, before, issues),
  }
  issues.push(...identityIssues(body, before))
  return issues.length > 0 ? refuse('invalid', 'The person is not valid.', issues) : ok(desired)
}

const readEmails = (body: UserBody, issues: Issue[]): DesiredEmail[] => {
  if (body.email !== undefined && body.emails !== undefined) {
    issues.push({ path: 'emails', message: 'stands beside email; keep one of them' })
  }
  const given = body.email === undefined ? (body.emails ?? []) : [body.email]
  const seen = new Set<string>()
  return given.map((one, index) => {
    const email = typeof one === 'string' ? { address: one, verified: true } : one
    const path = body.email === undefined ? `emails[${index}]` : 'email'
    if (!isEmailAddress(email.address)) issues.push({ path, message: 'must be an e-mail address' })
    if (seen.has(emailKey(email.address))) issues.push({ path, message: 'is given twice' })
    seen.add(emailKey(email.address))
    return email
  })
}

const readMemberships = (
  body: UserBody,
  groups: ReadonlyMap<GroupId, Group>,
  issues: Issue[],
): ReadonlyMap<GroupId, number | null> => {
  const bySlug = new Map([...groups.values()].map((group) => [group.slug, group.id]))
  const listed = Array.isArray(body.groups)
  const entries: [string, { until?: string }][] = Array.isArray(body.groups)
    ? body.groups.map((slug) => [slug, {}])
    : Object.entries(body.groups)
  const memberships = new Map<GroupId, number | null>()
  for (const [index, [slug, { until }]] of entries.entries()) {
    const path = listed ? `groups[${index}]` : `groups.${slug}`
    const group = bySlug.get(slug)
    const end = until === undefined ? null : readInstant(until)
    if (group === undefined) issues.push({ path, message: `there is no "${slug}" among groups` })
    else memberships.set(group, end)
    if (until !== undefined && end === null) issues.push({ path: `${path}.until`, message: 'is no date' })
  }
  return memberships
}

const readSubjects = (body: UserBody, before: WholeUser | null, issues: Issue[]): ReadonlyMap<string, string> => {
  const present = before?.subjects ?? new Map<string, string>()
  if (body.subjects === undefined) return present
  const desired = new Map(Object.entries(body.subjects))
  for (const scope of present.keys()) {
    // Applications know the person by it; without it they would be a stranger there, or somebody else.
    if (!desired.has(scope)) issues.push({ path: `subjects.${scope}`, message: 'can be changed, and not taken away' })
  }
  return desired
}

const identityIssues = (body: UserBody, before: WholeUser | null): Issue[] => {
  if (!before) return []
  const issues: Issue[] = []
  if (body.id !== undefined && body.id !== before.user.id) issues.push({ path: 'id', message: 'never changes' })
  if (body.number !== undefined && body.number !== before.user.number) {
    issues.push({ path: 'number', message: 'never changes' })
  }
  return issues
}

/** The same as values, to compare with those that stand. */
export const desiredValues = (desired: DesiredUser, groups: ReadonlyMap<GroupId, Group>): JsonObject => {
  const [primary, ...others] = desired.emails
  const emails = primary ? [primary, ...others.toSorted((a, b) => (a.address < b.address ? -1 : 1))] : []
  const memberships = [...desired.memberships].flatMap(([id, until]): [string, Json][] => {
    const slug = groups.get(id)?.slug
    return slug === undefined ? [] : [[slug, until === null ? {} : { until: instant(until) }]]
  })
  return {
    name: desired.name,
    kind: desired.kind,
    active: desired.active,
    attributes: desired.attributes,
    ...(desired.locale === null ? {} : { locale: desired.locale }),
    emails: emails.map(({ address, verified }) => ({ address, verified })),
    groups: Object.fromEntries(memberships),
    subjects: Object.fromEntries(desired.subjects),
  }
}
