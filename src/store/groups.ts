/** Queries of groups and memberships. */
import { sql } from 'kysely'
import type { GroupId, UserId } from '../base/ids.ts'
import type { Group, Membership } from '../domain/groups/group.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { among, type Bind, bindAll, locked, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { type PageShape, readPage } from './page.ts'
import { replaceRefs } from './refs.ts'
import { holdsTerm, searchText } from './search-text.ts'
import { Conflict, type GroupStore, type Tx } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { PeopleTables } from './tables/people.ts'

const COLUMNS = [
  'id',
  'slug',
  'name',
  'parents',
  'roles',
  'attributes',
  'organisation',
  'managed_by',
  'created_at',
  'updated_at',
] as const

type GroupRow = Omit<PeopleTables['groups'], 'search'>
type MembershipRow = PeopleTables['memberships']

const toGroup = (row: GroupRow): Group => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  parents: fromJson(row.parents),
  roles: fromJson(row.roles),
  attributes: fromJson(row.attributes),
  organisation: row.organisation,
  managedBy: row.managed_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const optional = (row: GroupRow | undefined): Group | undefined => (row ? toGroup(row) : undefined)

const toMembership = (row: MembershipRow): Membership => ({
  userId: row.user_id,
  groupId: row.group_id,
  until: row.until,
})

const findById = prepared((db, p: Bind<{ id: GroupId }>) =>
  db.selectFrom('groups').select(COLUMNS).where('id', '=', p('id')),
)

const lockById = prepared((db, p: Bind<{ id: GroupId }>, engine) =>
  locked(db.selectFrom('groups').select(COLUMNS).where('id', '=', p('id')), engine),
)

const findBySlug = prepared((db, p: Bind<{ slug: string }>) =>
  db.selectFrom('groups').select(COLUMNS).where('slug', '=', p('slug')),
)

const findAll = prepared((db, _p: Bind<object>) => db.selectFrom('groups').select(COLUMNS).orderBy('slug'))

const EDITED = ['slug', 'name', 'parents', 'roles', 'attributes', 'managed_by', 'search', 'updated_at'] as const
const WRITTEN = [...EDITED, 'id', 'organisation', 'created_at'] as const

type NewRow = RowToInsert<PeopleTables['groups']>

const insertRow = prepared((db, p: Bind<NewRow>) =>
  db
    .insertInto('groups')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id'),
)

const updateRow = prepared((db, p: Bind<Pick<NewRow, (typeof EDITED)[number] | 'id'>>) =>
  db.updateTable('groups').set(bindAll(p, EDITED)).where('id', '=', p('id')),
)

const removeRow = prepared((db, p: Bind<{ id: GroupId }>) => db.deleteFrom('groups').where('id', '=', p('id')))

const membershipsOf = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('memberships').select(['user_id', 'group_id', 'until']).where('user_id', '=', p('user')),
)

const membershipsOfMany = prepared((db, p: Bind<{ users: readonly UserId[] }>, engine) =>
  db
    .selectFrom('memberships')
    .select(['user_id', 'group_id', 'until'])
    .where(among(engine, sql.ref('user_id'), p('users'))),
)

const membersOf = prepared((db, p: Bind<{ group: GroupId }>) =>
  db
    .selectFrom('memberships')
    .select(['user_id', 'group_id', 'until'])
    .where('group_id', '=', p('group'))
    .orderBy('user_id'),
)

const putMember = prepared((db, p: Bind<MembershipRow>) =>
  db
    .insertInto('memberships')
    .values(bindAll(p, ['user_id', 'group_id', 'until']))
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'group_id'])
        .doUpdateSet((eb) => ({ until: eb.ref('excluded.until') }))
        .where((eb) => eb('memberships.until', 'is distinct from', eb.ref('excluded.until'))),
    )
    .returning('user_id'),
)

const dropMember = prepared((db, p: Bind<{ user: UserId; group: GroupId }>) =>
  db.deleteFrom('memberships').where('user_id', '=', p('user')).where('group_id', '=', p('group')),
)

const SHAPE: PageShape = {
  sorts: {
    slug: { column: 'groups.slug', field: 'slug', type: 'string' },
    name: { column: 'groups.search', field: 'search', type: 'string' },
    created_at: { column: 'groups.created_at', field: 'created_at', type: 'number' },
  },
  usual: 'slug',
  id: { column: 'groups.id', field: 'id' },
}

const MEMBERS: PageShape = {
  sorts: { username: { column: 'users.username_key', field: 'username_key', type: 'string' } },
  usual: 'username',
  id: { column: 'memberships.user_id', field: 'user_id' },
}

const editedRow = (group: Group) => ({
  slug: group.slug,
  name: group.name,
  parents: toJson(group.parents),
  roles: toJson(group.roles),
  attributes: toJson(group.attributes),
  managed_by: group.managedBy,
  search: searchText(group.name, group.slug),
  updated_at: group.updatedAt,
})

const roleRefs = (group: Group) => group.roles.map((slug) => ({ type: 'roles', slug }))

const save = async (tx: Tx, group: Group): Promise<void> => {
  await updateRow.run(tx, { ...editedRow(group), id: group.id })
  await replaceRefs(tx, 'groups', group.id, roleRefs(group))
  noteChange(tx, 'groups', group.id)
}

export const groups: GroupStore = {
  byId: async (tx, id) => optional(await findById.first(tx, { id })),
  bySlug: async (tx, slug) => optional(await findBySlug.first(tx, { slug })),
  all: async (tx) => (await findAll.all(tx, {})).map(toGroup),

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        const all = db
          .selectFrom('groups')
          .select([...COLUMNS, 'search'])
          .where('organisation', '=', query.organisation)
        return query.search ? all.where(holdsTerm('groups.search', query.search)) : all
      },
      toGroup,
    ),

  insert: async (tx, given) => {
    const group: Group = { ...given, updatedAt: given.createdAt }
    const inserted = await insertRow.first(tx, {
      ...editedRow(group),
      id: group.id,
      organisation: group.organisation,
      created_at: group.createdAt,
    })
    if (!inserted) {
      throw new Conflict((await findBySlug.first(tx, { slug: group.slug })) ? 'groups.slug' : 'groups.id')
    }
    await replaceRefs(tx, 'groups', group.id, roleRefs(group))
    noteChange(tx, 'groups', group.id)
    return group
  },

  update: async (tx, id, patch, now) => {
    const row = await lockById.first(tx, { id })
    if (!row) throw new Conflict('groups.id')
    if (patch.slug !== undefined) {
      const holder = await findBySlug.first(tx, { slug: patch.slug })
      if (holder && holder.id !== id) throw new Conflict('groups.slug')
    }
    const group: Group = { ...toGroup(row), ...patch, updatedAt: now }
    await save(tx, group)
    return group
  },

  remove: async (tx, id) => {
    if ((await removeRow.run(tx, { id })) === 0) return false
    await replaceRefs(tx, 'groups', id, [])
    noteChange(tx, 'groups', id)
    await forgetParent(tx, id)
    return true
  },

  memberships: async (tx, user) => (await membershipsOf.all(tx, { user })).map(toMembership),
  membershipsOfMany: async (tx, users) => (await membershipsOfMany.all(tx, { users })).map(toMembership),
  members: async (tx, group) => (await membersOf.all(tx, { group })).map(toMembership),

  listMembers: (tx, group, query) =>
    readPage(
      tx,
      query,
      MEMBERS,
      (db) => {
        const all = db
          .selectFrom('memberships')
          .innerJoin('users', 'users.id', 'memberships.user_id')
          .select(['memberships.user_id', 'memberships.group_id', 'memberships.until'])
          .select(['users.username', 'users.username_key'])
          .where('memberships.group_id', '=', group)
          .where('users.organisation', '=', query.organisation)
        return query.search ? all.where(holdsTerm('users.search', query.search)) : all
      },
      (row) => ({ ...toMembership(row), username: row.username }),
    ),

  addMember: async (tx, membership) => {
    const row = { user_id: membership.userId, group_id: membership.groupId, until: membership.until }
    if (!(await putMember.first(tx, row))) return false
    noteChange(tx, 'users', membership.userId)
    return true
  },

  removeMember: async (tx, user, group) => {
    if ((await dropMember.run(tx, { user, group })) === 0) return false
    noteChange(tx, 'users', user)
    return true
  },
}

/** A group that is gone is nobody's parent: another that took its id over by import must not inherit its children. */
const forgetParent = async (tx: Tx, gone: GroupId): Promise<void> => {
  for (const row of await findAll.all(tx, {})) {
    const group = toGroup(row)
    if (group.parents.includes(gone)) await save(tx, { ...group, parents: group.parents.filter((id) => id !== gone) })
  }
}
