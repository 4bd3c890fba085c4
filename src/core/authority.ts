/**
 * Who holds which permissions, as one transaction sees it. What is decided on it is written in the same transaction, so
 * nothing can slip between (I03, I11).
 */
import type { GroupId, UserId } from '../base/ids.ts'
import { effectiveGroups, type Group, type Membership } from '../domain/groups/group.ts'
import type { Permission } from '../domain/permissions/permission.ts'
import { readSpec } from '../resources/read-spec.ts'
import { expandPermissions, type RoleSpec, roleType } from '../resources/types/role-type.ts'
import type { Store, Tx } from '../store/store.ts'
import { permissionsOf, type Roles } from './permissions-of.ts'

export type Authority = {
  readonly groups: ReadonlyMap<GroupId, Group>
  readonly roles: Roles
  /** What members of a group hold by it: its own roles, and those of every group above. */
  ofGroup(id: GroupId): ReadonlySet<Permission>
  ofUser(id: UserId): Promise<ReadonlySet<Permission>>
}

export type AuthorityStore = Pick<Store, 'resources' | 'groups'>

/** `given` are roles as they will be; left out, those that stand. */
export const readAuthority = async (store: AuthorityStore, tx: Tx, now: number, given?: Roles): Promise<Authority> => {
  const groups = new Map((await store.groups.all(tx)).map((group) => [group.id, group]))
  return authorityOver(store, tx, groups, given ?? (await readRoles(store, tx)), now)
}

const authorityOver = (
  store: AuthorityStore,
  tx: Tx,
  groups: ReadonlyMap<GroupId, Group>,
  roles: Roles,
  now: number,
): Authority => {
  const held = (memberships: readonly Membership[]) => permissionsOf(effectiveGroups(groups, memberships, now), roles)
  return {
    groups,
    roles,
    // Whose membership it is makes no difference to what the group gives.
    ofGroup: (groupId) => held([{ userId: '' as UserId, groupId, until: null }]),
    ofUser: async (user) => held(await store.groups.memberships(tx, user)),
  }
}

const readRoles = async (store: AuthorityStore, tx: Tx): Promise<Roles> =>
  new Map(
    (await store.resources.all(tx)).flatMap(({ type, slug, spec, schema }) => {
      if (type !== roleType.type) return []
      const read = readSpec(roleType, spec, schema)
      // The schema of roles made it.
      return read.ok ? [[slug, { permissions: expandPermissions(read.value as RoleSpec) }] as const] : []
    }),
  )
