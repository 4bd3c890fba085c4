/** What an apply does to groups: compares those of the files with those present. */
import { type GroupId, newId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Issue } from '../../base/schema.ts'
import type { Group } from '../../domain/groups/group.ts'
import { compare, type FieldChange } from '../schema/field-changes.ts'
import type { Desired, DesiredGroup } from './desired.ts'
import type { FilesDeps } from './files-deps.ts'
import type { PresentPeople } from './present-people.ts'

export type GroupStep = {
  readonly action: 'create' | 'update' | 'rename' | 'delete' | 'none'
  readonly slug: string
  readonly id: GroupId
  readonly present: Group | null
  readonly desired: DesiredGroup | null
  readonly changes: readonly FieldChange[]
}

export type GroupPlan = {
  readonly steps: readonly GroupStep[]
  readonly issues: readonly Issue[]
  /** The groups as they will stand: slug to id. */
  readonly ids: ReadonlyMap<string, GroupId>
  /** Old slug to new. */
  readonly renamed: ReadonlyMap<string, string>
  /** Role slug to the groups that will name it. */
  readonly rolesInUse: ReadonlyMap<string, readonly string[]>
}

export const planGroups = (deps: FilesDeps, desired: Desired, people: PresentPeople): GroupPlan => {
  const issues: Issue[] = []
  const matched = new Map<DesiredGroup, Group | null>()
  for (const group of desired.groups) {
    const match = matchGroup(people.groups, group)
    if (typeof match === 'string') issues.push({ path: `groups.${group.slug}.id`, message: match })
    else matched.set(group, match)
  }
  const kept = new Set([...matched.values()].map((group) => group?.id))
  const gone = people.groups.filter((group) => group.managedBy !== null && !kept.has(group.id))
  const goneIds = new Set(gone.map((group) => group.id))
  const untouched = people.groups.filter((group) => !kept.has(group.id) && !goneIds.has(group.id))
  const ids = new Map(untouched.map((group) => [group.slug, group.id]))
  for (const [group, present] of matched) ids.set(group.slug, present?.id ?? idFor(deps, group))
  const slugs = new Map(people.groups.map((group) => [group.id, group.slug]))
  // Parents that are renamed in the same file are the same parents.
  for (const [slug, id] of ids) slugs.set(id, slug)
  const steps = [
    ...[...matched].map(([group, present]) => stepFor(group, present, ids.get(group.slug), slugs)),
    ...gone.map((group) => deleteStep(group, slugs)),
  ].filter((step) => step !== null)
  for (const group of matched.keys()) issues.push(...parentIssues(group, ids))
  issues.push(...circleIssues(matched, untouched, slugs))
  const renamed = new Map(
    steps.flatMap(({ action, slug, present }) => (action === 'rename' && present ? [[present.slug, slug]] : [])),
  )
  return { steps, issues, ids, renamed, rolesInUse: rolesInUse([...matched.keys()], untouched) }
}

// The schema has checked that it is a UUID.
const idFor = (deps: FilesDeps, { spec }: DesiredGroup): GroupId =>
  (spec.id as GroupId | undefined) ?? newId<GroupId>(deps.clock.now(), deps.random)

const matchGroup = (present: readonly Group[], { slug, spec }: DesiredGroup): Group | null | string => {
  const named = present.find((group) => group.slug === slug) ?? null
  if (spec.id !== undefined) {
    if (named && named.id !== spec.id) return `"${slug}" is another group (${named.id})`
    const pinned = present.find((group) => group.id === spec.id)
    if (pinned) return pinned
  }
  return named ?? present.find((group) => group.slug === spec.was) ?? null
}

const stepFor = (
  desired: DesiredGroup,
  present: Group | null,
  id: GroupId | undefined,
  slugs: ReadonlyMap<string, string>,
): GroupStep | null => {
  if (id === undefined) return null
  const changes = compare(present ? describe(present, slugs) : {}, describeDesired(desired), '')
  const action = !present ? 'create' : present.slug !== desired.slug ? 'rename' : changes.length > 0 ? 'update' : 'none'
  return { action, slug: desired.slug, id, present, desired, changes }
}

const deleteStep = (group: Group, slugs: ReadonlyMap<string, string>): GroupStep => {
  const changes = compare(describe(group, slugs), {}, '')
  return { action: 'delete', slug: group.slug, id: group.id, present: group, desired: null, changes }
}

const describe = (group: Group, slugs: ReadonlyMap<string, string>): JsonObject => ({
  slug: group.slug,
  name: group.name,
  parents: group.parents.map((id) => slugs.get(id) ?? id).sort(),
  roles: [...group.roles].sort(),
  attributes: group.attributes,
  ...(group.managedBy === null ? {} : { managed_by: group.managedBy }),
})

const describeDesired = ({ slug, spec, file }: DesiredGroup): JsonObject => ({
  slug,
  name: spec.name ?? slug,
  parents: [...spec.parents].sort(),
  roles: [...spec.roles].sort(),
  attributes: spec.attributes,
  managed_by: file,
})

const parentIssues = ({ slug, spec }: DesiredGroup, ids: ReadonlyMap<string, GroupId>): Issue[] =>
  spec.parents.flatMap((parent, index) =>
    ids.has(parent)
      ? []
      : [{ path: `groups.${slug}.parents[${index}]`, message: `there is no "${parent}" among groups` }],
  )

/** A group above itself would make every member of each a member of all. */
const circleIssues = (
  matched: ReadonlyMap<DesiredGroup, Group | null>,
  untouched: readonly Group[],
  slugs: ReadonlyMap<string, string>,
): Issue[] => {
  const parents = new Map<string, readonly string[]>()
  for (const group of untouched)
    parents.set(
      group.slug,
      group.parents.map((id) => slugs.get(id) ?? id),
    )
  for (const { slug, spec } of matched.keys()) parents.set(slug, spec.parents)
  return [...matched.keys()].flatMap(({ slug }) =>
    isAbove(slug, slug, parents, new Set())
      ? [{ path: `groups.${slug}.parents`, message: 'leads back to the group itself' }]
      : [],
  )
}

const isAbove = (
  above: string,
  below: string,
  parents: ReadonlyMap<string, readonly string[]>,
  seen: Set<string>,
): boolean => {
  for (const parent of parents.get(below) ?? []) {
    if (parent === above) return true
    if (seen.has(parent)) continue
    seen.add(parent)
    if (isAbove(above, parent, parents, seen)) return true
  }
  return false
}

const rolesInUse = (desired: readonly DesiredGroup[], untouched: readonly Group[]): Map<string, string[]> => {
  const uses = new Map<string, string[]>()
  const note = (role: string, group: string) => uses.set(role, [...(uses.get(role) ?? []), group])
  for (const group of untouched) for (const role of group.roles) note(role, group.slug)
  for (const { slug, spec } of desired) for (const role of spec.roles) note(role, slug)
  return uses
}
