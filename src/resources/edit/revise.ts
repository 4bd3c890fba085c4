/**
 * Judges a set of edits against the configuration as it stands, without writing: specs, secrets, references, unique
 * keys, and whether everything still compiles. An edit whose compile fails changes nothing, since nothing is written
 * before all of this held.
 */
import { canonicalJson, type JsonObject } from '../../base/json.ts'
import { ok, type Result } from '../../base/result.ts'
import type { Issue } from '../../base/schema.ts'
import type { Lookup } from '../../kinds/contract/provider.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'
import type { StoredResource } from '../../store/store.ts'
import { under } from '../schema/annotated-schema.ts'
import { collectRefs, type FoundRef } from '../schema/collect-refs.ts'
import { type FieldChange, fieldChanges } from '../schema/field-changes.ts'
import { type HeldSecret, type SecretSources, type SecretWrite, settleSecrets } from '../secrets/settle-secrets.ts'
import { type CompiledSet, compileSet, keyOf, lookupKey, type Problem } from '../snapshot/compile-set.ts'
import { type ConfigurationState, specOf } from './configuration-state.ts'
import type { EditingDeps } from './editing-deps.ts'
import { type ResourceFailure, refuse } from './failure.ts'

/** One thing to be as given; `spec` null takes it away. The spec was read (`readSpec`), its secrets as they were given. */
export type Edit = {
  readonly type: ResourceType
  readonly slug: string
  readonly spec: JsonObject | null
  readonly managedBy: string | null
  /** Ids of secrets that older revisions name; undo needs them. */
  readonly formerly?: ReadonlySet<string>
}

/** An edit ready to be written. */
export type Ready = {
  readonly edit: Edit
  readonly id: string
  readonly before: StoredResource | null
  /** The spec of `before` as it is read today; null where it can no longer be read. */
  readonly beforeSpec: JsonObject | null
  readonly spec: JsonObject | null
  readonly changes: readonly FieldChange[]
  readonly lookups: readonly Lookup[]
  readonly refs: readonly FoundRef[]
  readonly secrets: readonly SecretWrite[]
  /** Neither spec nor manager differ: nothing is written. */
  readonly unchanged: boolean
}

export type Revised = { readonly ready: readonly Ready[]; readonly set: CompiledSet }

/** What will stand beside the resources, where the same transaction changes it too. */
export type Surroundings = {
  readonly groupSlugs: ReadonlySet<string>
  /** Roles that groups will name: role slug to group slugs. */
  readonly rolesInUse: ReadonlyMap<string, readonly string[]>
}

export const surroundingsOf = (state: ConfigurationState): Surroundings => {
  const rolesInUse = new Map<string, string[]>()
  for (const group of state.groups) {
    for (const role of group.roles) rolesInUse.set(role, [...(rolesInUse.get(role) ?? []), group.slug])
  }
  return { groupSlugs: new Set(state.groups.map((group) => group.slug)), rolesInUse }
}

/** Issues of many edits at once are told apart by a prefix of their paths; a single edit's stay as they are. */
export type PathOf = (edit: { readonly type: string; readonly slug: string }, path: string) => string
export const pathOfMany: PathOf = (edit, path) => under(`${edit.type}.${edit.slug}`, path)

export type ReviseInput = {
  readonly state: ConfigurationState
  readonly edits: readonly Edit[]
  readonly sources: SecretSources | null
  readonly surroundings: Surroundings
  readonly pathOf: PathOf
  newId(): string
}

export const revise = (deps: EditingDeps, input: ReviseInput): Result<Revised, ResourceFailure> => {
  const issues: Issue[] = []
  const ready = input.edits.flatMap((edit) => {
    const settled = settle(deps, input, edit)
    if (settled.ok) return [settled.value]
    issues.push(...settled.error.issues)
    return []
  })
  if (issues.length > 0) return refuse('invalid', 'The configuration is not valid.', issues)
  const set = compileWith(deps, input.state, ready)
  const inUse = checkInUse(input, ready, set)
  if (inUse) return inUse
  const wrong = [...ready.flatMap((one) => missingRefs(input, one, set)), ...compileIssues(input, ready, set)]
  if (wrong.length > 0) {
    return refuse('invalid', 'The configuration would not work; nothing was changed.', firstByPath(wrong))
  }
  return checkLookups(input, ready, set) ?? ok({ ready, set })
}

/** A name of nothing often fails to compile too; the first says it best. */
const firstByPath = (issues: readonly Issue[]): Issue[] =>
  [...new Map([...issues].reverse().map((issue) => [issue.path, issue])).values()].reverse()

const settle = (deps: EditingDeps, input: ReviseInput, edit: Edit): Result<Ready, ResourceFailure> => {
  const { type, slug } = edit
  const before = input.state.stored.get(keyOf(type.type, slug)) ?? null
  const present = before && specOf(input.state, type, slug)
  const id = before?.id ?? input.newId()
  if (edit.spec === null) {
    const changes = fieldChanges(type.schema, present, null)
    return ok({
      edit,
      id,
      before,
      beforeSpec: present,
      spec: null,
      changes,
      lookups: [],
      refs: [],
      secrets: [],
      unchanged: before === null,
    })
  }
  const settled = settleSecrets({
    schema: type.schema,
    spec: edit.spec,
    // Where the present spec can no longer be read, its bare form still tells which secrets are its own.
    before: present ?? before?.spec ?? null,
    formerly: edit.formerly ?? new Set(),
    held: (secret) => input.state.secrets.get(secret),
    sources: input.sources,
    ring: deps.ring,
    newId: input.newId,
  })
  if (!settled.ok) {
    const issues = settled.error.map((issue) => ({
      ...issue,
      path: input.pathOf({ type: type.type, slug }, issue.path),
    }))
    return refuse('invalid', 'The configuration is not valid.', issues)
  }
  const { spec, writes } = settled.value
  const same = present !== null && canonicalJson(present) === canonicalJson(spec)
  return ok({
    edit,
    id,
    before,
    beforeSpec: present,
    spec,
    changes: fieldChanges(type.schema, present, spec),
    lookups: type.lookups?.(spec) ?? [],
    refs: collectRefs(type.schema, spec),
    secrets: writes,
    unchanged: same && writes.length === 0 && before?.managedBy === edit.managedBy,
  })
}

/** Compiles everything as it will stand, sharing what the edits leave alone. */
const compileWith = (deps: EditingDeps, state: ConfigurationState, ready: readonly Ready[]): CompiledSet => {
  const stored = new Map(state.stored)
  const secrets = new Map<string, HeldSecret>(state.secrets)
  for (const one of ready) {
    const key = keyOf(one.edit.type.type, one.edit.slug)
    if (one.spec === null) stored.delete(key)
    else if (!one.unchanged) stored.set(key, asStored(deps, one, one.spec))
    for (const write of one.secrets) secrets.set(write.id, write)
  }
  return compileSet({
    types: deps.types,
    stored: [...stored.values()],
    expression: deps.expression,
    secret: deps.secrets.over(secrets),
    previous: state.set,
  })
}

const asStored = (deps: EditingDeps, one: Ready, spec: JsonObject): StoredResource => ({
  id: one.id,
  type: one.edit.type.type,
  slug: one.edit.slug,
  schema: one.edit.type.version,
  spec,
  revision: (one.before?.revision ?? 0) + 1,
  organisation: one.before?.organisation ?? deps.organisation,
  managedBy: one.edit.managedBy,
  updatedAt: deps.clock.now(),
})

/** What does not compile because of these edits. What was broken before and was not touched must not stop a repair. */
const compileIssues = (input: ReviseInput, ready: readonly Ready[], set: CompiledSet): Issue[] => {
  const known = new Set(input.state.set.problems.map((one) => keyOf(one.type, one.slug)))
  const edited = new Set(ready.filter((one) => !one.unchanged).map((one) => keyOf(one.edit.type.type, one.edit.slug)))
  return set.problems
    .filter(({ type, slug }) => edited.has(keyOf(type, slug)) || !known.has(keyOf(type, slug)))
    .flatMap((one) => one.issues.map((issue) => ({ ...issue, path: pathOfProblem(input, one, issue.path) })))
}

const pathOfProblem = (input: ReviseInput, problem: Problem, path: string): string => {
  const own = input.edits.some((edit) => edit.type.type === problem.type && edit.slug === problem.slug)
  // An edit can break another resource that leans on it; then the path must say which.
  return own ? input.pathOf(problem, path) : pathOfMany(problem, path)
}

/** Delete protection: nothing goes that something else will still name. */
const checkInUse = (input: ReviseInput, ready: readonly Ready[], set: CompiledSet) => {
  for (const one of ready) {
    if (one.spec !== null || one.before === null) continue
    const groups = one.edit.type.type === 'roles' ? (input.surroundings.rolesInUse.get(one.edit.slug) ?? []) : []
    const users = [...groups.map((group) => keyOf('groups', group)), ...usedIn(set, one.edit.type.type, one.edit.slug)]
    if (users.length > 0) return inUse(idOf(one), users, input.pathOf(idOf(one), ''))
  }
  return null
}

const idOf = (one: Ready) => ({ type: one.edit.type.type, slug: one.edit.slug })

const missingRefs = (input: ReviseInput, one: Ready, set: CompiledSet): Issue[] =>
  one.unchanged
    ? []
    : one.refs
        .filter(({ type, slug }) =>
          type === 'groups' ? !input.surroundings.groupSlugs.has(slug) : !set.outcomes.has(keyOf(type, slug)),
        )
        .map(({ type, slug, path }) => ({
          path: input.pathOf(idOf(one), path),
          message: `there is no "${slug}" among ${type}`,
        }))

/** The resources that name another, or a group, as `applications/nextcloud`. */
export const usedIn = (set: CompiledSet, type: string, slug: string): string[] =>
  [...set.outcomes].flatMap(([key, { entry }]) =>
    entry?.refs.some((ref) => ref.type === type && ref.slug === slug) ? [key] : [],
  )

export const inUse = (of: { type: string; slug: string }, users: readonly string[], path: string) =>
  refuse(
    'in_use',
    `${keyOf(of.type, of.slug)} is in use by ${users.join(', ')}.`,
    users.map((user) => ({ path, message: `is used by ${user}` })),
  )

const checkLookups = (input: ReviseInput, ready: readonly Ready[], set: CompiledSet) => {
  const edited = new Map(ready.map((one) => [keyOf(one.edit.type.type, one.edit.slug), one]))
  const holders = new Map<string, string>()
  for (const [key, { entry }] of set.outcomes) {
    for (const lookup of entry?.lookups ?? []) {
      const at = lookupKey(lookup.kind, lookup.key)
      const other = holders.get(at)
      holders.set(at, key)
      if (other === undefined || other === key) continue
      const [one, holder] = edited.has(key) ? [edited.get(key), other] : [edited.get(other), key]
      if (!one) continue
      const message = `${lookup.kind} "${lookup.key}" is taken by ${holder}`
      return refuse('conflict', `The ${message}.`, [{ path: input.pathOf(idOf(one), ''), message }])
    }
  }
  return null
}
