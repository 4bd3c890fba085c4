/**
 * Compares the files with what a transaction sees, resources and people alike, and judges all of it together. Writes
 * nothing: a plan ends here, an apply goes on to perform it in the same transaction.
 */
import { type Id, newId } from '../../base/ids.ts'
import { ok, type Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import type { StoredResource, Tx } from '../../store/store.ts'
import { type ConfigurationState, readState, specOf } from '../edit/configuration-state.ts'
import { type ResourceFailure, refuse } from '../edit/failure.ts'
import { renameGroupRefs } from '../edit/rename-group-refs.ts'
import { type Edit, inUse, pathOfMany, type Ready, type Revised, revise, usedIn } from '../edit/revise.ts'
import type { SecretSources } from '../secrets/settle-secrets.ts'
import { type CompiledSet, keyOf } from '../snapshot/compile-set.ts'
import type { Desired } from './desired.ts'
import type { FilesDeps } from './files-deps.ts'
import { type Plan, type PlannedChange, planOf } from './plan.ts'
import { type GroupPlan, type GroupStep, planGroups } from './plan-groups.ts'
import { planUsers, type UserStep } from './plan-users.ts'
import type { PreparedPasswords } from './prepare-passwords.ts'
import { readPeople } from './present-people.ts'

export type Draft = {
  readonly plan: Plan
  readonly groups: readonly GroupStep[]
  /** The groups as they will stand: slug to id. */
  readonly groupIds: GroupPlan['ids']
  readonly users: readonly UserStep[]
  readonly revised: Revised
  /** What stands now. */
  readonly before: CompiledSet
}

export type DraftInput = {
  readonly desired: Desired
  readonly passwords: PreparedPasswords
  readonly sources: SecretSources
}

export const draftPlan = async (
  deps: FilesDeps,
  tx: Tx,
  input: DraftInput,
): Promise<Result<Draft, ResourceFailure>> => {
  const { desired } = input
  const state = await readState(deps, tx)
  const people = await readPeople(deps, tx, desired)
  const groups = planGroups(deps, desired, people)
  const users = planUsers(deps, { ...input, people, groupIds: groups.ids })
  const edits = editsOf(deps, state, desired, groups)
  const revised = revise(deps, {
    state,
    edits,
    sources: input.sources,
    surroundings: { groupSlugs: new Set(groups.ids.keys()), rolesInUse: groups.rolesInUse },
    pathOf: pathOfMany,
    newId: () => newId<Id<'resource'>>(deps.clock.now(), deps.random),
  })
  const issues = [...groups.issues, ...users.issues, ...roleIssues(deps, state, desired, edits)]
  // Everything at once: what is wrong with people does not hide what is wrong with resources.
  if (!revised.ok && issues.length === 0) return revised
  if (!revised.ok) return refuse(revised.error.code, revised.error.message, [...issues, ...revised.error.issues])
  if (issues.length > 0) return refuse('invalid', 'The configuration names what does not stand.', issues)
  for (const { action, slug } of groups.steps) {
    const users = action === 'delete' ? usedIn(revised.value.set, 'groups', slug) : []
    if (users.length > 0) return inUse({ type: 'groups', slug }, users, '')
  }
  const managed =
    [...state.stored.values(), ...people.groups].filter((one) => one.managedBy !== null).length +
    [...people.byId.values()].filter((one) => one.user.managedBy !== null).length
  const changes = [
    ...groups.steps.flatMap(plannedGroup),
    ...users.steps.flatMap(plannedUser),
    ...revised.value.ready.flatMap(plannedResource),
  ]
  const plan = planOf(changes, managed)
  return ok({
    plan,
    groups: groups.steps,
    groupIds: groups.ids,
    users: users.steps,
    revised: revised.value,
    before: state.set,
  })
}

/** What the files name; what they no longer name; and what names a group by a name that it gives up. */
const editsOf = (deps: FilesDeps, state: ConfigurationState, desired: Desired, groups: GroupPlan): Edit[] => {
  const named = new Set(desired.resources.map((one) => keyOf(one.type.type, one.slug)))
  const own = desired.resources.map(({ type, slug, spec, file }) => ({ type, slug, spec, managedBy: file }))
  const dropped = [...state.stored]
    .filter(([key, stored]) => stored.managedBy !== null && !named.has(key))
    .flatMap(([, stored]) => dropEdit(deps, state, stored))
  const edited = new Set([...own, ...dropped].map((one) => keyOf(one.type.type, one.slug)))
  const following = renameGroupRefs(deps.types, state, groups.renamed).filter(
    (one) => !edited.has(keyOf(one.type.type, one.slug)),
  )
  return [...own, ...dropped, ...following]
}

/** What always stands is let go of as it is; everything else goes. */
const dropEdit = (deps: FilesDeps, state: ConfigurationState, stored: StoredResource): Edit[] => {
  const type = deps.types.get(stored.type)
  if (!type) return []
  const spec = type.single === undefined ? null : (specOf(state, type, stored.slug) ?? stored.spec)
  return [{ type, slug: stored.slug, spec, managedBy: null }]
}

/** Roles that groups name must stand once the resources of the same files do. */
const roleIssues = (deps: FilesDeps, state: ConfigurationState, desired: Desired, edits: readonly Edit[]): Issue[] => {
  if (!deps.types.has('roles')) return []
  const gone = new Set(edits.filter((one) => one.spec === null).map((one) => keyOf(one.type.type, one.slug)))
  const coming = new Set(edits.filter((one) => one.spec !== null).map((one) => keyOf(one.type.type, one.slug)))
  const stands = (key: string) => coming.has(key) || (state.stored.has(key) && !gone.has(key))
  return desired.groups.flatMap(({ slug, spec }) =>
    spec.roles.flatMap((role, index) =>
      stands(keyOf('roles', role))
        ? []
        : [{ path: `groups.${slug}.roles[${index}]`, message: `there is no "${role}" among roles` }],
    ),
  )
}

const plannedGroup = ({ action, slug, present, changes }: GroupStep): PlannedChange[] => {
  if (action === 'none') return []
  return [
    { action, type: 'groups', key: slug, ...(action === 'rename' && present ? { was: present.slug } : {}), changes },
  ]
}

const plannedUser = ({ action, username, present, changes }: UserStep): PlannedChange[] => {
  if (action === 'none') return []
  const was = action === 'rename' && present ? { was: present.user.username } : {}
  return [{ action, type: 'users', key: username, ...was, changes }]
}

const plannedResource = ({ edit, before, spec, changes, unchanged }: Ready): PlannedChange[] => {
  if (unchanged) return []
  const action = spec === null ? 'delete' : before ? 'update' : 'create'
  const moved = before && spec !== null && before.managedBy !== edit.managedBy
  const managed = moved
    ? [{ path: 'managed_by', ...present('before', before.managedBy), ...present('after', edit.managedBy) }]
    : []
  return [{ action, type: edit.type.type, key: edit.slug, changes: [...changes, ...managed] }]
}

const present = (name: 'before' | 'after', value: string | null) => (value === null ? {} : { [name]: value })
