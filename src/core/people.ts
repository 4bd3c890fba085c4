/**
 * People with their addresses and groups. Those asked for by id are kept in memory, as the graph of groups is, and
 * follow the changes, so what is said of a person is never older than the question. (When somebody signed in last is no
 * change: lists that show it ask the store.)
 */
import type { Clock } from '../base/clock.ts'
import type { GroupId, UserId } from '../base/ids.ts'
import type { Group } from '../domain/groups/group.ts'
import type { Person } from '../domain/people/person.ts'
import type { User } from '../domain/users/user.ts'
import type { Store, Tx } from '../store/store.ts'
import { assemblePerson } from './assemble-person.ts'
import { keepByKey } from './keep-by-key.ts'
import { keepFact } from './keep-fact.ts'

export type People = {
  byId(id: UserId): Promise<Person | null>
  byUsername(username: string): Promise<Person | null>
  /** By user name, or by an address that exactly one person has. */
  byLogin(login: string): Promise<Person | null>
  ofUser(user: User): Promise<Person>
  /** Every group, by id. */
  groups(): Promise<ReadonlyMap<GroupId, Group>>
  close(): void
}

export const createPeople = (store: Store, clock: Clock): People => {
  const graph = keepFact(
    store.changes,
    (what) => what === 'groups',
    () => loadGroups(store.read, store),
  )
  const groups = async () => graph.current()
  const ofUser = async (user: User): Promise<Person> => {
    const [emails, memberships, known] = await Promise.all([
      store.emails.of(store.read, user.id),
      store.groups.memberships(store.read, user.id),
      groups(),
    ])
    return assemblePerson(user, emails, memberships, known, clock.now())
  }
  const load = async (user: User | undefined): Promise<Person | null> => (user ? ofUser(user) : null)
  const known = keepByKey<UserId, Person>(store.changes, {
    // A group's own change may move anybody's effective groups.
    touched: ({ what, key }) => (what === 'users' ? (key as UserId) : what === 'groups' ? 'all' : 'none'),
    load: async (id) => load(await store.users.byId(store.read, id)),
    holds: ({ groupsUntil }) => groupsUntil === null || groupsUntil > clock.now(),
  })
  return {
    byId: async (id) => known.of(id),
    byUsername: async (username) => load(await store.users.byUsername(store.read, username)),
    byLogin: async (login) => load(await store.users.byLogin(store.read, login)),
    ofUser,
    groups,
    close: () => {
      graph.close()
      known.close()
    },
  }
}

const loadGroups = async (tx: Tx, store: Store): Promise<ReadonlyMap<GroupId, Group>> =>
  new Map((await store.groups.all(tx)).map((group) => [group.id, group]))
