/** Roles: named sets of permissions, given to groups. `*` is every permission there is and will be. */
import { ok } from '../../base/result.ts'
import { Closed, Line, type Static, Type } from '../../base/schema.ts'
import { PERMISSIONS, type Permission } from '../../domain/permissions/permission.ts'
import type { ResourceType } from '../../kinds/contract/resource.ts'

export const EVERY_PERMISSION = '*'

export const RoleSpec = Closed({
  name: Line({ minLength: 1 }),
  permissions: Type.Array(Type.Enum([EVERY_PERMISSION, ...PERMISSIONS]), { uniqueItems: true }),
})
export type RoleSpec = Static<typeof RoleSpec>

/** The permissions that a role means: `*` is each there is. */
export const expandPermissions = (spec: Pick<RoleSpec, 'permissions'>): ReadonlySet<Permission> =>
  // What is not `*` is a permission by the schema.
  new Set(spec.permissions.flatMap((one) => (one === EVERY_PERMISSION ? PERMISSIONS : [one as Permission])))

export type Role = { readonly slug: string; readonly name: string; readonly permissions: ReadonlySet<Permission> }

export const roleType: ResourceType<RoleSpec, Role> = {
  type: 'roles',
  singular: 'role',
  schema: RoleSpec,
  version: 1,
  read: 'roles.read',
  write: 'roles.write',
  compile: (spec, { slug }) => ok({ slug, name: spec.name, permissions: expandPermissions(spec) }),
}
