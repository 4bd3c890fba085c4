/** Queries of users. What a person holds (addresses, memberships, sessions …) goes with the row by its foreign keys. */
import type { UserId } from '../base/ids.ts'
import { emailKey, type Held, type User, usernameKey } from '../domain/users/user.ts'
import { nextNumber, numberAtLeast } from './counters.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, locked, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { type PageShape, readPage } from './page.ts'
import { holdsTerm, searchText } from './search-text.ts'
import { Conflict, type Tx, type UserPatch, type UserStore } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { PeopleTables } from './tables/people.ts'

const COLUMNS = [
  'users.id',
  'users.number',
  'users.username',
  'users.name',
  'users.kind',
  'users.active',
  'users.attributes',
  'users.organisation',
  'users.locale',
  'users.generation',
  'users.managed_by',
  'users.created_at',
  'users.updated_at',
  'users.last_login_at',
  'users.password_changed_at',
  'users.held',
  'users.held_at',
  'users.released_at',
  'users.must_change_password',
] as const

type UserRow = Omit<PeopleTables['users'], 'active' | 'username_key' | 'search'> & { active: boolean | number }

const toUser = (row: UserRow): User => ({
  id: row.id,
  number: row.number,
  username: row.username,
  name: row.name,
  kind: row.kind,
  active: Boolean(row.active),
  attributes: fromJson(row.attributes),
  organisation: row.organisation,
  locale: row.locale,
  generation: row.generation,
  managedBy: row.managed_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  lastLoginAt: row.last_login_at,
  passwordChangedAt: row.password_changed_at,
  ...(row.held === null ? {} : { held: { why: row.held, since: row.held_at ?? 0 } }),
  ...(row.released_at === null ? {} : { releasedAt: row.released_at }),
  ...(row.must_change_password === null ? {} : { mustChangePassword: row.must_change_password }),
})

const optional = (row: UserRow | undefined): User | undefined => (row ? toUser(row) : undefined)

const findById = prepared((db, p: Bind<{ id: UserId }>) =>
  db.selectFrom('users').select(COLUMNS).where('id', '=', p('id')),
)

const findByKey = prepared((db, p: Bind<{ key: string }>) =>
  db.selectFrom('users').select(COLUMNS).where('username_key', '=', p('key')),
)

const findByAddress = prepared((db, p: Bind<{ key: string }>) =>
  db
    .selectFrom('users')
    .select(COLUMNS)
    .where('id', 'in', (eb) => eb.selectFrom('emails').select('user_id').where('address_key', '=', p('key')))
    .limit(2),
)

const findManaged = prepared((db, p: Bind<{ organisation: string }>) =>
  db
    .selectFrom('users')
    .select(COLUMNS)
    .where('organisation', '=', p('organisation'))
    .where('managed_by', 'is not', null)
    .orderBy('username_key'),
)

const findHeld = prepared((db, p: Bind<{ organisation: string; why: Held['why']; limit: number }>) =>
  db
    .selectFrom('users')
    .select(COLUMNS)
    .where('held', '=', p('why'))
    .where('organisation', '=', p('organisation'))
    .orderBy('held_at')
    .orderBy('id')
    .limit(p('limit')),
)

const countAll = prepared((db, _p: Bind<object>) =>
  db.selectFrom('users').select((eb) => eb.fn.countAll<number>().as('count')),
)

// For an update: whoever else wants to change the row waits until this transaction is over.
const lockById = prepared((db, p: Bind<{ id: UserId }>, engine) =>
  locked(db.selectFrom('users').select(COLUMNS).where('id', '=', p('id')), engine),
)

const EDITED = [
  'username',
  'username_key',
  'name',
  'kind',
  'active',
  'attributes',
  'organisation',
  'locale',
  'generation',
  'managed_by',
  'search',
  'updated_at',
  'held',
  'held_at',
  'released_at',
  'must_change_password',
] as const
const WRITTEN = [...EDITED, 'id', 'number', 'created_at', 'last_login_at', 'password_changed_at'] as const

type NewRow = RowToInsert<PeopleTables['users']>

const insertRow = prepared((db, p: Bind<NewRow>) =>
  db
    .insertInto('users')
    .values(bindAll(p, WRITTEN))
    .onConflict((conflict) => conflict.doNothing())
    .returning('id'),
)

const updateRow = prepared((db, p: Bind<Pick<NewRow, (typeof EDITED)[number] | 'id'>>) =>
  db.updateTable('users').set(bindAll(p, EDITED)).where('id', '=', p('id')),
)

/** The columns of a user that administrators edit. */
const editedRow = (user: User) => ({
  username: user.username,
  username_key: usernameKey(user.username),
  name: user.name,
  kind: user.kind,
  active: user.active,
  attributes: toJson(user.attributes),
  organisation: user.organisation,
  locale: user.locale,
  generation: user.generation,
  managed_by: user.managedBy,
  search: searchText(user.name, user.username),
  updated_at: user.updatedAt,
  held: user.held?.why ?? null,
  held_at: user.held?.since ?? null,
  released_at: user.releasedAt ?? null,
  must_change_password: user.mustChangePassword ?? null,
})

const raiseGeneration = prepared((db, p: Bind<{ id: UserId; now: number }>) =>
  db
    .updateTable('users')
    .set((eb) => ({ generation: eb('generation', '+', 1), updated_at: p('now') }))
    .where('id', '=', p('id')),
)

const noteLogin = prepared((db, p: Bind<{ id: UserId; now: number }>) =>
  db
    .updateTable('users')
    .set({ last_login_at: p('now') })
    .where('id', '=', p('id')),
)

const remove = prepared((db, p: Bind<{ id: UserId }>) => db.deleteFrom('users').where('id', '=', p('id')))

const putSubject = prepared((db, p: Bind<PeopleTables['subjects']>) =>
  db
    .insertInto('subjects')
    .values({ user_id: p('user_id'), scope: p('scope'), value: p('value') })
    .onConflict((conflict) => conflict.columns(['user_id', 'scope']).doUpdateSet({ value: p('value') })),
)

const subjectHolder = prepared((db, p: Bind<{ scope: string; value: string }>) =>
  db.selectFrom('subjects').select('user_id').where('value', '=', p('value')).where('scope', '=', p('scope')),
)

const subjectsOf = prepared((db, p: Bind<{ id: UserId }>) =>
  db.selectFrom('subjects').select(['scope', 'value']).where('user_id', '=', p('id')),
)

const SHAPE: PageShape = {
  sorts: {
    username: { column: 'users.username_key', field: 'username_key', type: 'string' },
    name: { column: 'users.search', field: 'search', type: 'string' },
    created_at: { column: 'users.created_at', field: 'created_at', type: 'number' },
  },
  usual: 'username',
  id: { column: 'users.id', field: 'id' },
}

const byKey = async (tx: Tx, username: string): Promise<User | undefined> =>
  optional(await findByKey.first(tx, { key: usernameKey(username) }))

export const users: UserStore = {
  byId: async (tx, id) => optional(await findById.first(tx, { id })),
  byUsername: byKey,

  byLogin: async (tx, login) => {
    const named = await byKey(tx, login)
    if (named) return named
    const [holder, another] = await findByAddress.all(tx, { key: emailKey(login) })
    // Two people under one address: neither may be guessed.
    return another ? undefined : optional(holder)
  },

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        const all = db
          .selectFrom('users')
          .select(COLUMNS)
          .select(['users.username_key', 'users.search'])
          .where('users.organisation', '=', query.organisation)
        const { search } = query
        if (!search) return all
        const byAddress = db.selectFrom('emails').select('user_id').where(holdsTerm('address_key', search))
        return all.where((eb) => eb.or([holdsTerm('users.search', search), eb('users.id', 'in', byAddress)]))
      },
      toUser,
    ),

  managed: async (tx, organisation) => (await findManaged.all(tx, { organisation })).map(toUser),
  held: async (tx, organisation, why, limit) => (await findHeld.all(tx, { organisation, why, limit })).map(toUser),
  count: async (tx) => (await countAll.first(tx, {}))?.count ?? 0,

  insert: async (tx, given) => {
    const number = given.number ?? (await nextNumber(tx, 'users.number'))
    if (given.number !== undefined) await numberAtLeast(tx, 'users.number', given.number)
    const user: User = {
      ...given,
      active: given.active && given.held === undefined,
      number,
      generation: 1,
      updatedAt: given.createdAt,
      lastLoginAt: null,
      passwordChangedAt: null,
    }
    const inserted = await insertRow.first(tx, {
      ...editedRow(user),
      id: user.id,
      number,
      created_at: user.createdAt,
      last_login_at: null,
      password_changed_at: null,
    })
    if (!inserted) throw await insertConflict(tx, user)
    noteChange(tx, 'users', user.id)
    return user
  },

  update: async (tx, id, patch, now) => {
    const row = await lockById.first(tx, { id })
    if (!row) throw new Conflict('users.id')
    const before = toUser(row)
    if (patch.username !== undefined) {
      const holder = await byKey(tx, patch.username)
      if (holder && holder.id !== id) throw new Conflict('users.username')
    }
    const user = patched(before, patch, now)
    await updateRow.run(tx, { ...editedRow(user), id })
    noteChange(tx, 'users', id)
    return user
  },

  bumpGeneration: async (tx, id, now) => {
    await raiseGeneration.run(tx, { id, now })
    noteChange(tx, 'users', id)
  },

  recordLogin: async (tx, id, now) => {
    await noteLogin.run(tx, { id, now })
  },

  remove: async (tx, id) => {
    if ((await remove.run(tx, { id })) === 0) return false
    noteChange(tx, 'users', id)
    return true
  },

  setSubject: async (tx, id, scope, value) => {
    const holder = await subjectHolder.first(tx, { scope, value })
    if (holder && holder.user_id !== id) throw new Conflict('subjects.value')
    await putSubject.run(tx, { user_id: id, scope, value })
    noteChange(tx, 'users', id)
  },

  subjects: async (tx, id) => new Map((await subjectsOf.all(tx, { id })).map((row) => [row.scope, row.value])),
}

const patched = (
  { held: heldBefore, mustChangePassword: mustBefore, ...before }: User,
  { held: asked, mustChangePassword, ...patch }: UserPatch,
  now: number,
): User => {
  const held = asked === undefined ? heldBefore : (asked ?? undefined)
  const must = mustChangePassword === undefined ? mustBefore : mustChangePassword ? (mustBefore ?? now) : undefined
  // Whoever is held is switched off, whatever else says that they are on (G11).
  const active = held === undefined && (patch.active ?? before.active)
  return {
    ...before,
    ...patch,
    active,
    ...(held ? { held } : {}),
    ...(heldBefore && !held ? { releasedAt: now } : {}),
    ...(must === undefined ? {} : { mustChangePassword: must }),
    // Whoever is disabled holds nothing any more, also not after being enabled again (F02).
    generation: before.active && !active ? before.generation + 1 : before.generation,
    updatedAt: now,
  }
}

const insertConflict = async (tx: Tx, user: User): Promise<Conflict> => {
  if (await byKey(tx, user.username)) return new Conflict('users.username')
  if (await findById.first(tx, { id: user.id })) return new Conflict('users.id')
  return new Conflict('users.number')
}
