/** A person as of one instant, out of their rows: memberships that ended count for nothing. */
import type { GroupId } from '../base/ids.ts'
import { effectiveGroups, type Group, type Membership } from '../domain/groups/group.ts'
import type { Person } from '../domain/people/person.ts'
import type { Email, User } from '../domain/users/user.ts'

export const assemblePerson = (
  user: User,
  emails: readonly Email[],
  memberships: readonly Membership[],
  groups: ReadonlyMap<GroupId, Group>,
  now: number,
): Person => {
  const current = memberships.filter((one) => one.until === null || one.until > now)
  const ends = current.flatMap((one) => (one.until === null ? [] : [one.until]))
  return {
    user,
    emails,
    directGroups: current.flatMap((one) => groups.get(one.groupId) ?? []),
    groups: effectiveGroups(groups, current, now),
    groupsUntil: ends.length > 0 ? Math.min(...ends) : null,
  }
}
