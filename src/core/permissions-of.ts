/**
 * What somebody may do through the API and the console: the permissions of every role of every group they are in
 * (DESIGN §8). A role that does not stand gives nothing.
 */
import type { Group } from '../domain/groups/group.ts'
import type { Permission } from '../domain/permissions/permission.ts'
import type { Role } from '../resources/types/role-type.ts'

export type Roles = ReadonlyMap<string, Pick<Role, 'permissions'>>

/** `groups` are the effective ones: direct and inherited. */
export const permissionsOf = (groups: readonly Pick<Group, 'roles'>[], roles: Roles): ReadonlySet<Permission> => {
  const held = new Set<Permission>()
  for (const slug of new Set(groups.flatMap((group) => group.roles))) {
    for (const permission of roles.get(slug)?.permissions ?? []) held.add(permission)
  }
  return held
}
