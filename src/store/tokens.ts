/** Queries of API tokens and app passwords; they belong to their person's organisation. */
import type { TokenId, UserId } from '../base/ids.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import { type PageShape, readPage } from './page.ts'
import { holdsTerm, searchText } from './search-text.ts'
import type { Token, TokenStore } from './store.ts'
import type { PeopleTables } from './tables/people.ts'

const COLUMNS = [
  'tokens.id',
  'tokens.user_id',
  'tokens.kind',
  'tokens.name',
  'tokens.permissions',
  'tokens.created_at',
  'tokens.expires_at',
  'tokens.last_used_at',
] as const

type TokenRow = Omit<PeopleTables['tokens'], 'key_hash' | 'search'>

const toToken = (row: TokenRow): Token => ({
  id: row.id,
  userId: row.user_id,
  kind: row.kind,
  name: row.name,
  permissions: row.permissions === null ? null : fromJson(row.permissions),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
})

const findByHash = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('key_hash', '=', p('hash')),
)

const findById = prepared((db, p: Bind<{ id: TokenId }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('id', '=', p('id')),
)

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('tokens').select(COLUMNS).where('user_id', '=', p('user')).orderBy('created_at').orderBy('id'),
)

const insertRow = prepared((db, p: Bind<PeopleTables['tokens']>) =>
  db
    .insertInto('tokens')
    .values(
      bindAll(p, [
        'id',
        'key_hash',
        'user_id',
        'kind',
        'name',
        'permissions',
        'search',
        'created_at',
        'expires_at',
        'last_used_at',
      ]),
    ),
)

const touchRow = prepared((db, p: Bind<{ id: TokenId; now: number }>) =>
  db
    .updateTable('tokens')
    .set({ last_used_at: p('now') })
    .where('id', '=', p('id')),
)

const removeRow = prepared((db, p: Bind<{ id: TokenId }>) => db.deleteFrom('tokens').where('id', '=', p('id')))

const removeRowsOf = prepared((db, p: Bind<{ user: UserId }>) =>
  db.deleteFrom('tokens').where('user_id', '=', p('user')).returning('id'),
)

const SHAPE: PageShape = {
  sorts: {
    name: { column: 'tokens.search', field: 'search', type: 'string' },
    created_at: { column: 'tokens.created_at', field: 'created_at', type: 'number' },
  },
  usual: 'created_at',
  id: { column: 'tokens.id', field: 'id' },
}

export const tokens: TokenStore = {
  byKeyHash: async (tx, hash) => {
    const row = await findByHash.first(tx, { hash })
    return row && toToken(row)
  },

  byId: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toToken(row)
  },

  of: async (tx, user, kind) =>
    (await ofUser.all(tx, { user })).map(toToken).filter((token) => kind === undefined || token.kind === kind),

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => {
        const all = db
          .selectFrom('tokens')
          .select([...COLUMNS, 'tokens.search'])
          // Not a join: there are far fewer tokens than people, so tokens are where to begin.
          .where((eb) =>
            eb.exists(
              eb
                .selectFrom('users')
                .select('users.id')
                .whereRef('users.id', '=', 'tokens.user_id')
                .where('users.organisation', '=', query.organisation),
            ),
          )
        return query.search ? all.where(holdsTerm('tokens.search', query.search)) : all
      },
      toToken,
    ),

  insert: async (tx, token) => {
    await insertRow.run(tx, {
      id: token.id,
      key_hash: token.keyHash,
      user_id: token.userId,
      kind: token.kind,
      name: token.name,
      permissions: token.permissions === null ? null : toJson(token.permissions),
      search: searchText(token.name),
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      last_used_at: token.lastUsedAt,
    })
  },

  touch: async (tx, id, now) => {
    await touchRow.run(tx, { id, now })
  },

  remove: async (tx, id) => {
    if ((await removeRow.run(tx, { id })) === 0) return false
    noteChange(tx, 'tokens', id)
    return true
  },

  removeAllOf: async (tx, user) => {
    const removed = await removeRowsOf.all(tx, { user })
    for (const { id } of removed) noteChange(tx, 'tokens', id)
    return removed.length
  },
}
