/** The people and groups that an apply may touch, as its transaction sees them: those named, and those managed. */
import type { UserId } from '../../base/ids.ts'
import type { Group, Membership } from '../../domain/groups/group.ts'
import { type Email, type User, usernameKey } from '../../domain/users/user.ts'
import type { Tx } from '../../store/store.ts'
import type { Desired, DesiredUser } from './desired.ts'
import type { FilesDeps } from './files-deps.ts'

export type PresentUser = {
  readonly user: User
  /** The primary one first. */
  readonly emails: readonly Email[]
  readonly memberships: readonly Membership[]
  /** Null where there is no password. */
  readonly passwordHash: string | null
  readonly subjects: ReadonlyMap<string, string>
}

export type PresentPeople = {
  readonly byId: ReadonlyMap<string, PresentUser>
  /** By `usernameKey`. */
  readonly byName: ReadonlyMap<string, PresentUser>
  readonly groups: readonly Group[]
}

export const readPeople = async (deps: FilesDeps, tx: Tx, desired: Desired): Promise<PresentPeople> => {
  const found = new Map<UserId, User>()
  const take = (user: User | undefined) => user && found.set(user.id, user)
  for (const { username, spec } of desired.users) {
    take(await deps.store.users.byUsername(tx, username))
    if (spec.id !== undefined) take(await deps.store.users.byId(tx, spec.id as UserId))
    if (spec.was !== undefined) take(await deps.store.users.byUsername(tx, spec.was))
  }
  for (const user of await deps.store.users.managed(tx, deps.organisation)) take(user)
  const people = await complete(deps, tx, [...found.values()])
  return {
    byId: new Map(people.map((one) => [one.user.id, one])),
    byName: new Map(people.map((one) => [usernameKey(one.user.username), one])),
    groups: await deps.store.groups.all(tx),
  }
}

const PAGE = 200

/** Everybody, page by page. */
export const readUsers = async function* (deps: FilesDeps, tx: Tx): AsyncGenerator<User[]> {
  let cursor: string | null = null
  do {
    const query = { organisation: deps.organisation, limit: PAGE, ...(cursor === null ? {} : { cursor }) }
    const page: { items: User[]; next: string | null } = await deps.store.users.list(tx, query)
    yield page.items
    cursor = page.next
  } while (cursor !== null)
}

/** Adds what belongs to each, many at a time. */
export const complete = async (deps: FilesDeps, tx: Tx, users: readonly User[]): Promise<PresentUser[]> => {
  const people: PresentUser[] = []
  for (let start = 0; start < users.length; start += PAGE) {
    const some = users.slice(start, start + PAGE)
    const ids = some.map((user) => user.id)
    const emails = Map.groupBy(await deps.store.emails.ofMany(tx, ids), (email) => email.userId)
    const memberships = Map.groupBy(await deps.store.groups.membershipsOfMany(tx, ids), (one) => one.userId)
    for (const user of some) {
      const [password] = await deps.store.credentials.of(tx, user.id, 'password')
      const hash = password?.data.hash
      people.push({
        user,
        emails: (emails.get(user.id) ?? []).sort(primaryFirst),
        memberships: memberships.get(user.id) ?? [],
        passwordHash: typeof hash === 'string' ? hash : null,
        subjects: await deps.store.users.subjects(tx, user.id),
      })
    }
  }
  return people
}

/** In one order on every engine: the primary one, then by address. */
const primaryFirst = (a: Email, b: Email): number =>
  Number(b.primary) - Number(a.primary) || (a.address < b.address ? -1 : Number(a.address > b.address))

/** Who of those present a person of the file is; or why that cannot be told. */
export type Match = { readonly present: PresentUser | null; readonly problem: string | null }

/**
 * By `id`, else by name, else by the name they had before. A name that somebody of the file gives up by `was` is free
 * for another, so that names can be passed on in one apply. Where a name stands already, `was` is history.
 */
export const matchUsers = (people: PresentPeople, desired: Desired): ReadonlyMap<DesiredUser, Match> => {
  const movedOn = findMovers(people, desired.users)
  return new Map(desired.users.map((user) => [user, matchUser(people, user, movedOn)]))
}

/** Those who are found by `was`, and so give their names up. */
const findMovers = (people: PresentPeople, users: readonly DesiredUser[]): ReadonlySet<UserId> => {
  const movers = new Set<UserId>()
  let known = -1
  // One who moves on may free the name that another moves to; each round finds at least one more.
  while (known < movers.size) {
    known = movers.size
    for (const { username, spec } of users) {
      const named = people.byName.get(usernameKey(username))
      const former = spec.was === undefined ? undefined : people.byName.get(usernameKey(spec.was))
      if (former && former !== named && (!named || movers.has(named.user.id))) movers.add(former.user.id)
    }
  }
  return movers
}

const matchUser = (people: PresentPeople, { username, spec }: DesiredUser, movedOn: ReadonlySet<UserId>): Match => {
  const standing = people.byName.get(usernameKey(username)) ?? null
  const named = standing && !movedOn.has(standing.user.id) ? standing : null
  if (spec.id === undefined) {
    const former = spec.was === undefined ? undefined : people.byName.get(usernameKey(spec.was))
    return { present: named ?? former ?? null, problem: null }
  }
  if (named && named.user.id !== spec.id) {
    return { present: null, problem: `"${username}" is another person (${named.user.id})` }
  }
  return { present: people.byId.get(spec.id) ?? null, problem: null }
}
