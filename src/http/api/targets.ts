/** What a change would touch, for `authorize`: whose it is, whether they are an administrator, and what it would give. */
import type { GroupId } from '../../base/ids.ts'
import type { User } from '../../domain/users/user.ts'
import { isAdministrator, type Target } from '../../policy/authorize.ts'
import type { Changing } from './change.ts'

/** A change to somebody that gives nobody anything: switched off, signed out. */
export const aboutPerson = async (changing: Changing, user: User): Promise<Target> => {
  const held = await (await changing.authority()).ofUser(user.id)
  return { userId: user.id, isAdministrator: isAdministrator(held) }
}

/**
 * A change that can be turned into being that person: a password, an address for mails, a token. It gives whoever makes
 * it all that the person holds, so they must hold it themselves (I11).
 */
export const asPerson = async (changing: Changing, user: User): Promise<Target> => {
  const held = await (await changing.authority()).ofUser(user.id)
  return { userId: user.id, isAdministrator: isAdministrator(held), grants: held }
}

/** Joining a group gives what its members hold (I03, J06). */
export const intoGroup = async (changing: Changing, id: GroupId): Promise<Target> => {
  const given = (await changing.authority()).ofGroup(id)
  return { isAdministrator: isAdministrator(given), grants: given }
}

/** Leaving a group gives nothing, but administrators are taken out by administrators only. */
export const outOfGroup = async (changing: Changing, id: GroupId): Promise<Target> => ({
  isAdministrator: isAdministrator((await changing.authority()).ofGroup(id)),
})
