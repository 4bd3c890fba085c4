/** Makes or changes a group, once it was judged whether the caller may: a group's roles give permissions (I03). */
import { type GroupId, newId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { ok, type Result } from '../../../base/result.ts'
import { type Issue, isSlug } from '../../../base/schema.ts'
import type { Authority } from '../../../core/authority.ts'
import { permissionsOf } from '../../../core/permissions-of.ts'
import type { Group } from '../../../domain/groups/group.ts'
import type { Permission } from '../../../domain/permissions/permission.ts'
import { isAdministrator } from '../../../policy/authorize.ts'
import { changesDetail } from '../../../resources/edit/write-revisions.ts'
import { compare, type FieldChange } from '../../../resources/schema/field-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import type { Changing } from '../change.ts'
import { type ApiFailure, refuse } from '../problem.ts'
import { type GroupBody, groupValues } from './group-values.ts'

export type GroupWritten = {
  readonly outcome: 'created' | 'updated' | 'unchanged'
  readonly group: Group
  readonly changes: readonly FieldChange[]
}

type Desired = Pick<Group, 'name' | 'parents' | 'roles' | 'attributes'>

export const writeGroup = async (
  { store, random }: Pick<ApiDeps, 'store' | 'random'>,
  changing: Changing,
  slug: string,
  before: Group | null,
  body: GroupBody,
): Promise<Result<GroupWritten, ApiFailure>> => {
  const authority = await changing.authority()
  const read = readDesired(slug, before, body, authority)
  if (!read.ok) return read
  const desired = read.value
  const allowed = changing.allows('groups.write', targetOf(before, desired, authority))
  if (!allowed.ok) return allowed
  const { tx, now, caller } = changing
  const fresh = { slug, organisation: caller.person.user.organisation, managedBy: null, createdAt: now }
  const draft: Group = { id: newId<GroupId>(now, random), updatedAt: now, ...fresh, ...before, ...desired }
  const values = groupValues(draft, authority.groups)
  const changes = compare(before ? groupValues(before, authority.groups) : {}, values, '')
  if (before && changes.length === 0) return ok({ outcome: 'unchanged', group: before, changes })
  const group = before
    ? await store.groups.update(tx, before.id, desired, now)
    : await store.groups.insert(tx, { id: draft.id, ...fresh, ...desired })
  await changing.record(before ? 'group.updated' : 'group.created', `groups/${slug}`, changesDetail(changes))
  return ok({ outcome: before ? 'updated' : 'created', group, changes })
}

const readDesired = (
  slug: string,
  before: Group | null,
  body: GroupBody,
  { groups, roles }: Authority,
): Result<Desired, ApiFailure> => {
  const issues: Issue[] =
    before || isSlug(slug) ? [] : [{ path: '', message: 'a slug is lower-case letters, digits and hyphens' }]
  const bySlug = new Map([...groups.values()].map((group) => [group.slug, group]))
  const parents = body.parents.flatMap((parent, index) => {
    const group = bySlug.get(parent)
    if (!group) issues.push({ path: `parents[${index}]`, message: `there is no "${parent}" among groups` })
    else if (before && isWithin(group, before.id, groups)) {
      issues.push({ path: `parents[${index}]`, message: 'would make the group its own parent' })
    }
    return group ? [group.id] : []
  })
  for (const [index, role] of body.roles.entries()) {
    if (!roles.has(role)) issues.push({ path: `roles[${index}]`, message: `there is no "${role}" among roles` })
  }
  if (issues.length > 0) return refuse('invalid', 'The group is not valid.', issues)
  // Any JSON object, by the schema.
  const attributes = body.attributes as JsonObject
  return ok({ name: body.name ?? slug, parents, roles: body.roles, attributes })
}

/** Whether `group` is the one of that id, or below it. */
const isWithin = (group: Group, id: GroupId, groups: ReadonlyMap<GroupId, Group>): boolean => {
  const seen = new Set<GroupId>()
  const waiting: GroupId[] = [group.id]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (at === id) return true
    if (seen.has(at)) continue
    seen.add(at)
    waiting.push(...(groups.get(at)?.parents ?? []))
  }
  return false
}

/** An administrators' group is theirs to change; and what members would newly hold, the caller must hold. */
const targetOf = (before: Group | null, desired: Desired, authority: Authority) => {
  const had: ReadonlySet<Permission> = before ? authority.ofGroup(before.id) : new Set()
  const own = permissionsOf([desired], authority.roles)
  const has = new Set([...own, ...desired.parents.flatMap((id) => [...authority.ofGroup(id)])])
  return { isAdministrator: isAdministrator(had) || isAdministrator(has), grants: has.difference(had) }
}
