/** A person as decisions and claims see them: the user with addresses and groups, as of one instant. */
import type { Group } from '../groups/group.ts'
import type { Email, User } from '../users/user.ts'

export type Person = {
  readonly user: User
  readonly emails: readonly Email[]
  /** Joined directly, by name; what authentik's `groups` claim lists. */
  readonly directGroups: readonly Group[]
  /** Direct and inherited; what access is decided by. */
  readonly groups: readonly Group[]
  /** When the first of the memberships ends, or null: no decision about the person outlives it. */
  readonly groupsUntil: number | null
}

export const primaryEmail = (person: Person): Email | undefined =>
  person.emails.find((email) => email.primary) ?? person.emails[0]
