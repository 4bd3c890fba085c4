/**
 * What every instance begins with, made once. What was made is remembered by name: a resource that an administrator
 * changed or deleted is theirs, and no start or upgrade brings it back (O09, CVE-2023-46249).
 */
import { type GroupId, type Id, newId } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { ok, type Result } from '../base/result.ts'
import { PERMISSIONS } from '../domain/permissions/permission.ts'
import { SHIPPED_ROLES } from '../policy/shipped-roles.ts'
import type { Tx } from '../store/store.ts'
import type { Author } from './edit/author.ts'
import { lockConfiguration, readState } from './edit/configuration-state.ts'
import type { EditingDeps } from './edit/editing-deps.ts'
import { type ResourceFailure, refuse } from './edit/failure.ts'
import { orRefused, unless } from './edit/perform-edits.ts'
import { type Edit, pathOfMany, revise, surroundingsOf } from './edit/revise.ts'
import { writeRevisions } from './edit/write-revisions.ts'
import { readSpec } from './read-spec.ts'
import { keyOf } from './snapshot/compile-set.ts'
import { EVERY_PERMISSION } from './types/role-type.ts'

export type ShippedResource = { readonly type: string; readonly slug: string; readonly spec: JsonObject }
export type ShippedGroup = { readonly slug: string; readonly name: string; readonly roles: readonly string[] }
export type Shipped = { readonly resources: readonly ShippedResource[]; readonly groups: readonly ShippedGroup[] }

/** `flows` are the documents that the flow room ships; each serves the purpose it names. */
export const shippedDefaults = (flows: readonly { readonly slug: string; readonly spec: JsonObject }[]): Shipped => ({
  groups: [{ slug: 'admins', name: 'Administrators', roles: ['administrator'] }],
  resources: [
    ...SHIPPED_ROLES.map(({ slug, name, permissions }) => ({
      type: 'roles',
      slug,
      spec: { name, permissions: spell(permissions) },
    })),
    { type: 'keypairs', slug: 'default-rs256', spec: { name: 'Default (RS256)', algorithm: 'RS256' } },
    { type: 'keypairs', slug: 'default-es256', spec: { name: 'Default (ES256)', algorithm: 'ES256' } },
    ...flows.map(({ slug, spec }) => ({ type: 'flows', slug, spec })),
    { type: 'brands', slug: 'default', spec: { title: 'Gatehouse', default: true } },
    { type: 'settings', slug: 'instance', spec: { flows: flowsByPurpose(flows) } },
  ],
})

/** A role that may do everything says so, and may do what comes later too. */
const spell = (permissions: readonly string[]): readonly string[] =>
  PERMISSIONS.every((one) => permissions.includes(one)) ? [EVERY_PERMISSION] : permissions

const flowsByPurpose = (flows: readonly { readonly slug: string; readonly spec: JsonObject }[]): JsonObject => {
  const slugs: Record<string, string> = {}
  for (const { slug, spec } of flows) {
    // What has to be switched on is not, until somebody does. Nobody makes an account without being asked to unless an
    // administrator says so: the one enrolment that needs no switch opens by an invitation alone.
    if (typeof spec.purpose !== 'string' || spec.purpose === 'enrol' || spec.only_named === true) continue
    slugs[spec.purpose] ??= slug
  }
  return slugs
}

const MADE = 'shipped'
const AUTHOR: Author = { actor: { kind: 'system', name: 'first start' }, why: 'shipped with Gatehouse' }

/** Makes what was never made yet; tells what it made. Safe to call at every start, and by several processes at once. */
export const shipDefaults = (
  deps: EditingDeps,
  shipped: Shipped,
): Promise<Result<readonly string[], ResourceFailure>> =>
  orRefused(() =>
    deps.store.write(async (tx) => {
      await lockConfiguration(deps.store, tx, deps.clock.now())
      const made = new Set(namesIn(await deps.store.instance.get(tx, MADE)))
      const groups = shipped.groups.filter((one) => !made.has(keyOf('groups', one.slug)))
      const resources = shipped.resources.filter((one) => !made.has(keyOf(one.type, one.slug)))
      if (groups.length + resources.length === 0) return []
      await makeResources(deps, tx, resources)
      for (const group of groups) await makeGroup(deps, tx, group)
      const names = [
        ...resources.map((one) => keyOf(one.type, one.slug)),
        ...groups.map((one) => keyOf('groups', one.slug)),
      ]
      await deps.store.instance.set(tx, MADE, [...made, ...names])
      return names
    }),
  )

const namesIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

const makeResources = async (deps: EditingDeps, tx: Tx, resources: readonly ShippedResource[]): Promise<void> => {
  const state = await readState(deps, tx)
  // What somebody made under the name before it was shipped stays theirs.
  const missing = resources.filter((one) => !state.stored.has(keyOf(one.type, one.slug)))
  const revised = revise(deps, {
    state,
    edits: missing.map((one) => unless(editOf(deps, one))),
    sources: null,
    surroundings: surroundingsOf(state),
    pathOf: pathOfMany,
    newId: () => newId<Id<'resource'>>(deps.clock.now(), deps.random),
  })
  await writeRevisions(deps, tx, unless(revised).ready, AUTHOR)
}

const editOf = (deps: EditingDeps, { type: name, slug, spec }: ShippedResource): Result<Edit, ResourceFailure> => {
  const type = deps.types.get(name)
  if (!type) return refuse('not_found', `There is no type of resource called "${name}".`)
  const read = readSpec(type, spec, type.version)
  if (!read.ok) return refuse('invalid', `The shipped ${name}/${slug} is not valid.`, read.error)
  return ok({ type, slug, spec: read.value, managedBy: null })
}

const makeGroup = async (deps: EditingDeps, tx: Tx, { slug, name, roles }: ShippedGroup): Promise<void> => {
  if (await deps.store.groups.bySlug(tx, slug)) return
  const now = deps.clock.now()
  const group = { slug, name, roles, parents: [], attributes: {}, organisation: deps.organisation, managedBy: null }
  await deps.store.groups.insert(tx, { id: newId<GroupId>(now, deps.random), createdAt: now, ...group })
  await deps.record(tx, { type: 'group.created', actor: AUTHOR.actor, target: `groups/${slug}`, detail: { roles } })
}
