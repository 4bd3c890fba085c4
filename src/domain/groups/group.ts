/** Groups nest; a membership may end by itself. */
import type { GroupId, UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'

export type Group = {
  readonly id: GroupId
  readonly slug: string
  readonly name: string
  readonly parents: readonly GroupId[]
  /** Slugs of the roles that members hold. */
  readonly roles: readonly string[]
  readonly attributes: JsonObject
  readonly organisation: string
  readonly managedBy: string | null
  readonly createdAt: number
  readonly updatedAt: number
}

export type Membership = {
  readonly userId: UserId
  readonly groupId: GroupId
  /** The instant the membership ends, or null. */
  readonly until: number | null
}

/** Every group somebody is in at `now`: those joined directly and all those above them. Cycles do no harm. */
export const effectiveGroups = (
  groups: ReadonlyMap<GroupId, Group>,
  memberships: readonly Membership[],
  now: number,
): Group[] => {
  const found = new Map<GroupId, Group>()
  const waiting = memberships.filter((one) => one.until === null || one.until > now).map((one) => one.groupId)
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const group = groups.get(id)
    if (!group || found.has(id)) continue
    found.set(id, group)
    waiting.push(...group.parents)
  }
  return [...found.values()]
}
