/**
 * The last administrator stays (I19): no change may leave nobody who can sign in and do everything. Somebody counts who
 * is active, holds every permission, and has something to prove who they are with.
 */
import type { GroupId, UserId } from '../base/ids.ts'
import { effectiveGroups } from '../domain/groups/group.ts'
import { PERMISSIONS } from '../domain/permissions/permission.ts'
import { isAdministrator } from '../policy/authorize.ts'
import type { EditingDeps } from '../resources/edit/editing-deps.ts'
import { roleType } from '../resources/types/role-type.ts'
import type { Store, Tx } from '../store/store.ts'
import { type Authority, readAuthority } from './authority.ts'
import { permissionsOf } from './permissions-of.ts'

type AdministratorStore = Pick<Store, 'resources' | 'groups' | 'users' | 'credentials' | 'tokens' | 'instance'>

/** Now, and once every membership with an end has ended: whoever remains by the second cannot fade away unseen. */
type Remaining = { readonly now: boolean; readonly forEver: boolean }

/** Runs a change and tells whether it left an administrator where there was one; the caller rolls back where not. */
export const keepsAdministrators = async <T>(
  store: AdministratorStore,
  tx: Tx,
  now: number,
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly kept: boolean }> => {
  const before = await remaining(store, tx, await readAuthority(store, tx, now), now)
  const done = await work()
  if (!before.now && !before.forEver) return { done, kept: true }
  const after = await remaining(store, tx, await readAuthority(store, tx, now), now)
  return { done, kept: (after.now || !before.now) && (after.forEver || !before.forEver) }
}

/** The same for changes of configuration: given to `openConfiguration`, it is asked before each of them commits. */
export const administratorGuard =
  (store: AdministratorStore, clock: { now(): number }): NonNullable<EditingDeps['guard']> =>
  async (tx, snapshot) => {
    // Before set-up is over there is no administrator yet.
    if ((await store.instance.get(tx, 'setup_done')) === undefined) return []
    const now = clock.now()
    const authority = await readAuthority(store, tx, now, snapshot.all(roleType))
    if ((await remaining(store, tx, authority, now)).now) return []
    return [{ path: '', message: 'no active administrator would be left' }]
  }

// Beyond any date, so that only memberships without an end still hold.
const FOR_EVER = Number.MAX_SAFE_INTEGER

const remaining = async (store: AdministratorStore, tx: Tx, authority: Authority, now: number): Promise<Remaining> => {
  const found = { now: false, forEver: false }
  for (const [user, groups] of await candidates(store, tx, authority)) {
    const atOnce = isAdministrator(permissionsOf(groups(now), authority.roles))
    if (!atOnce || !(await canSignIn(store, tx, user, now))) continue
    found.now = true
    if (isAdministrator(permissionsOf(groups(FOR_EVER), authority.roles))) found.forEver = true
    if (found.forEver) break
  }
  return found
}

/** Those who may hold everything, each with the groups they are in at an instant. */
const candidates = async (store: AdministratorStore, tx: Tx, authority: Authority) => {
  const members = new Set<UserId>()
  for (const id of rarest(authority)) for (const { userId } of await store.groups.members(tx, id)) members.add(userId)
  const memberships = Map.groupBy(await store.groups.membershipsOfMany(tx, [...members]), (one) => one.userId)
  return [...memberships].map(
    ([user, own]) => [user, (at: number) => effectiveGroups(authority.groups, own, at)] as const,
  )
}

/**
 * The groups that give the permission which the fewest groups give: whoever holds everything is in one of them. So a
 * role that a hundred thousand people share costs nothing here.
 */
const rarest = (authority: Authority): readonly GroupId[] => {
  const groups = [...authority.groups.keys()].map((id) => ({ id, gives: authority.ofGroup(id) }))
  let fewest: readonly GroupId[] | null = null
  for (const permission of PERMISSIONS) {
    const giving = groups.flatMap(({ id, gives }) => (gives.has(permission) ? [id] : []))
    if (fewest === null || giving.length < fewest.length) fewest = giving
  }
  return fewest ?? []
}

const canSignIn = async (store: AdministratorStore, tx: Tx, id: UserId, now: number): Promise<boolean> => {
  const user = await store.users.byId(tx, id)
  if (!user?.active) return false
  // A second factor opens nothing by itself.
  if (user.kind !== 'service_account' && (await store.credentials.of(tx, id, 'password')).length > 0) return true
  // A token without bounds opens the API, where a password can be set.
  const tokens = await store.tokens.of(tx, id, 'api')
  return tokens.some((token) => token.permissions === null && (token.expiresAt === null || token.expiresAt > now))
}
