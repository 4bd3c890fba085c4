/** Finds what an address names, in the caller's organisation: of another's, nothing is there (I16). */
import { type Id, isUuid, type UserId } from '../../base/ids.ts'
import { ok, type Result } from '../../base/result.ts'
import type { Group } from '../../domain/groups/group.ts'
import type { User } from '../../domain/users/user.ts'
import type { Store, Tx } from '../../store/store.ts'
import type { Caller } from './caller.ts'
import { type ApiFailure, refuse } from './problem.ts'

/** By id or by user name. No user name has the form of an id, so neither can be taken for the other. */
export const findUser = async (
  store: Pick<Store, 'users'>,
  tx: Tx,
  caller: Caller,
  name: string,
): Promise<Result<User, ApiFailure>> => {
  const user = isUuid(name) ? await store.users.byId(tx, name as UserId) : await store.users.byUsername(tx, name)
  return user?.organisation === caller.person.user.organisation
    ? ok(user)
    : refuse('not_found', `Nobody is called "${name}".`)
}

export const findGroup = async (
  store: Pick<Store, 'groups'>,
  tx: Tx,
  caller: Caller,
  slug: string,
): Promise<Result<Group, ApiFailure>> => {
  const group = await store.groups.bySlug(tx, slug)
  return group?.organisation === caller.person.user.organisation
    ? ok(group)
    : refuse('not_found', `There is no group "${slug}".`)
}

/** The id in an address, whatever it says: one that no row has finds nothing. */
export const idIn = <T extends Id<string>>(params: Readonly<Record<string, string>>, name: string): T =>
  (params[name] ?? '') as T

/** What a configuration file manages is changed there. */
export const notManaged = (thing: { readonly managedBy: string | null } | null): Result<true, ApiFailure> =>
  thing?.managedBy ? refuse('managed_by_file', `It is managed by ${thing.managedBy}; change it there.`) : ok(true)
