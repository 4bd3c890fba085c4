/**
 * Queries of grants: families of codes and tokens. Spending is one `UPDATE … WHERE used_at IS NULL`, so that of any
 * number of calls at once, in any number of processes, one wins (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
 */
import type { GrantId, SessionId, UserId } from '../base/ids.ts'
import type { AuthorizationCode, Grant, RefreshToken } from '../domain/grants/grant.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { noteChange } from './note-change.ts'
import type { GrantStore, Tx } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { SignInTables } from './tables/sign-in.ts'

const COLUMNS = [
  'grants.id',
  'grants.application',
  'grants.provider',
  'grants.client_id',
  'grants.user_id',
  'grants.session_id',
  'grants.scopes',
  'grants.created_at',
  'grants.expires_at',
  'grants.ended_at',
  'grants.data',
] as const

type GrantRow = Omit<SignInTables['grants'], 'offline' | 'end_reason'>
type CodeRow = Omit<SignInTables['codes'], 'code_hash'>
type RefreshRow = Omit<SignInTables['refresh_tokens'], 'token_hash'>

const toGrant = (row: GrantRow): Grant => ({
  id: row.id,
  application: row.application,
  provider: row.provider,
  clientId: row.client_id,
  userId: row.user_id,
  sessionId: row.session_id,
  scopes: fromJson(row.scopes),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  endedAt: row.ended_at,
  data: fromJson(row.data),
})

const toCode = (row: CodeRow): AuthorizationCode => ({
  grantId: row.grant_id,
  clientId: row.client_id,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
  data: fromJson(row.data),
})

const toRefresh = (row: RefreshRow): RefreshToken => ({
  grantId: row.grant_id,
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
  usedAt: row.used_at,
})

const findById = prepared((db, p: Bind<{ id: GrantId }>) =>
  db.selectFrom('grants').select(COLUMNS).where('id', '=', p('id')),
)

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db
    .selectFrom('grants')
    .select(COLUMNS)
    .where('user_id', '=', p('user'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc'),
)

const ofSession = prepared((db, p: Bind<{ session: SessionId }>) =>
  db
    .selectFrom('grants')
    .select(COLUMNS)
    .where('session_id', '=', p('session'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc'),
)

const insertRow = prepared((db, p: Bind<RowToInsert<SignInTables['grants']>>) =>
  db
    .insertInto('grants')
    .values(
      bindAll(p, [
        'id',
        'application',
        'provider',
        'client_id',
        'user_id',
        'session_id',
        'scopes',
        'offline',
        'created_at',
        'expires_at',
        'ended_at',
        'end_reason',
        'data',
      ]),
    ),
)

const extendRow = prepared((db, p: Bind<{ id: GrantId; expiresAt: number }>) =>
  db
    .updateTable('grants')
    .set({ expires_at: p('expiresAt') })
    .where('id', '=', p('id'))
    .where('expires_at', '<', p('expiresAt')),
)

const insertCodeRow = prepared((db, p: Bind<RowToInsert<SignInTables['codes']>>) =>
  db.insertInto('codes').values(bindAll(p, ['code_hash', 'grant_id', 'client_id', 'expires_at', 'used_at', 'data'])),
)

const CODE_COLUMNS = ['grant_id', 'client_id', 'expires_at', 'used_at', 'data'] as const

const spendCode = prepared((db, p: Bind<{ hash: string; now: number }>) =>
  db
    .updateTable('codes')
    .set({ used_at: p('now') })
    .where('code_hash', '=', p('hash'))
    .where('used_at', 'is', null)
    .where('expires_at', '>', p('now'))
    .returning(CODE_COLUMNS),
)

const findCode = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('codes').select(CODE_COLUMNS).where('code_hash', '=', p('hash')),
)

const insertRefreshRow = prepared((db, p: Bind<RowToInsert<SignInTables['refresh_tokens']>>) =>
  db.insertInto('refresh_tokens').values(bindAll(p, ['token_hash', 'grant_id', 'issued_at', 'expires_at', 'used_at'])),
)

const REFRESH_COLUMNS = ['grant_id', 'issued_at', 'expires_at', 'used_at'] as const

const findRefresh = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('refresh_tokens').select(REFRESH_COLUMNS).where('token_hash', '=', p('hash')),
)

const spendRefresh = prepared((db, p: Bind<{ hash: string; now: number }>) =>
  db
    .updateTable('refresh_tokens')
    .set({ used_at: p('now') })
    .where('token_hash', '=', p('hash'))
    .where('used_at', 'is', null)
    .where('expires_at', '>', p('now'))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('grants')
          .select('grants.id')
          .whereRef('grants.id', '=', 'refresh_tokens.grant_id')
          .where('grants.ended_at', 'is', null),
      ),
    )
    .returning(REFRESH_COLUMNS),
)

const endRow = prepared((db, p: Bind<{ id: GrantId; now: number; why: string }>) =>
  db
    .updateTable('grants')
    .set({ ended_at: p('now'), end_reason: p('why') })
    .where('id', '=', p('id'))
    .where('ended_at', 'is', null),
)

const endRowsOf = prepared((db, p: Bind<{ user: UserId; now: number; why: string }>) =>
  db
    .updateTable('grants')
    .set({ ended_at: p('now'), end_reason: p('why') })
    .where('user_id', '=', p('user'))
    .where('ended_at', 'is', null)
    .returning('id'),
)

const endRowsOfClient = prepared((db, p: Bind<{ user: UserId; client: string; now: number; why: string }>) =>
  db
    .updateTable('grants')
    .set({ ended_at: p('now'), end_reason: p('why') })
    .where('user_id', '=', p('user'))
    .where('client_id', '=', p('client'))
    .where('ended_at', 'is', null)
    .returning('id'),
)

const endRowsOfSession = prepared((db, p: Bind<{ session: SessionId; now: number; why: string; offline: boolean }>) =>
  db
    .updateTable('grants')
    .set({ ended_at: p('now'), end_reason: p('why') })
    .where('session_id', '=', p('session'))
    .where('offline', '=', p('offline'))
    .where('ended_at', 'is', null)
    .returning('id'),
)

const revokeRow = prepared((db, p: Bind<{ jti: string; expires_at: number }>) =>
  db
    .insertInto('revoked_jtis')
    .values(bindAll(p, ['jti', 'expires_at']))
    .onConflict((conflict) => conflict.doNothing()),
)

const findJti = prepared((db, p: Bind<{ jti: string }>) =>
  db.selectFrom('revoked_jtis').select('jti').where('jti', '=', p('jti')),
)

type Purge = { before: number; limit: number }

const purges = [
  prepared((db, p: Bind<Purge>) =>
    db
      .deleteFrom('grants')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('grants')
          .select('id')
          .where('expires_at', '<', p('before'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  ),
  prepared((db, p: Bind<Purge>) =>
    db
      .deleteFrom('codes')
      .where('code_hash', 'in', (eb) =>
        eb
          .selectFrom('codes')
          .select('code_hash')
          .where('expires_at', '<', p('before'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  ),
  prepared((db, p: Bind<Purge>) =>
    db
      .deleteFrom('refresh_tokens')
      .where('token_hash', 'in', (eb) =>
        eb
          .selectFrom('refresh_tokens')
          .select('token_hash')
          .where('expires_at', '<', p('before'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  ),
  prepared((db, p: Bind<Purge>) =>
    db
      .deleteFrom('revoked_jtis')
      .where('jti', 'in', (eb) =>
        eb
          .selectFrom('revoked_jtis')
          .select('jti')
          .where('expires_at', '<', p('before'))
          .orderBy('expires_at')
          .limit(p('limit')),
      ),
  ),
]

const noteEnded = (tx: Tx, ended: readonly { id: GrantId }[]): number => {
  for (const { id } of ended) noteChange(tx, 'grants', id)
  return ended.length
}

export const grants: GrantStore = {
  byId: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toGrant(row)
  },
  of: async (tx, user) => (await ofUser.all(tx, { user })).map(toGrant),
  ofSession: async (tx, session) => (await ofSession.all(tx, { session })).map(toGrant),

  insert: async (tx, grant) => {
    await insertRow.run(tx, {
      id: grant.id,
      application: grant.application,
      provider: grant.provider,
      client_id: grant.clientId,
      user_id: grant.userId,
      session_id: grant.sessionId,
      scopes: toJson(grant.scopes),
      offline: grant.scopes.includes('offline_access'),
      created_at: grant.createdAt,
      expires_at: grant.expiresAt,
      ended_at: grant.endedAt,
      end_reason: null,
      data: toJson(grant.data),
    })
  },

  extend: async (tx, id, expiresAt) => {
    await extendRow.run(tx, { id, expiresAt })
  },

  insertCode: async (tx, codeHash, code) => {
    await insertCodeRow.run(tx, {
      code_hash: codeHash,
      grant_id: code.grantId,
      client_id: code.clientId,
      expires_at: code.expiresAt,
      used_at: code.usedAt,
      data: toJson(code.data),
    })
  },

  redeemCode: async (tx, hash, now) => {
    const spent = await spendCode.first(tx, { hash, now })
    if (spent) return { outcome: 'spent', code: toCode(spent) }
    const row = await findCode.first(tx, { hash })
    if (!row) return { outcome: 'unknown' }
    // Used and expired since is reuse all the same: the family may still be alive.
    return { outcome: row.used_at === null ? 'expired' : 'reused', code: toCode(row) }
  },

  insertRefresh: async (tx, tokenHash, token) => {
    await insertRefreshRow.run(tx, {
      token_hash: tokenHash,
      grant_id: token.grantId,
      issued_at: token.issuedAt,
      expires_at: token.expiresAt,
      used_at: token.usedAt,
    })
  },

  refreshByHash: async (tx, hash) => {
    const row = await findRefresh.first(tx, { hash })
    const grant = row && (await findById.first(tx, { id: row.grant_id }))
    return grant && { token: toRefresh(row), grant: toGrant(grant) }
  },

  useRefresh: async (tx, hash, now) => {
    const spent = await spendRefresh.first(tx, { hash, now })
    const row = spent ?? (await findRefresh.first(tx, { hash }))
    const found = row && (await findById.first(tx, { id: row.grant_id }))
    if (!found) return { outcome: 'unknown' }
    const grant = toGrant(found)
    if (spent) return { outcome: 'used', token: toRefresh(spent), grant }
    if (row.used_at !== null) return { outcome: 'reused', grant }
    return { outcome: grant.endedAt === null ? 'expired' : 'ended', grant }
  },

  end: async (tx, id, now, why) => {
    if ((await endRow.run(tx, { id, now, why })) === 0) return false
    noteChange(tx, 'grants', id)
    return true
  },

  endAllOf: async (tx, user, now, why, client) => {
    const ended =
      client === undefined
        ? await endRowsOf.all(tx, { user, now, why })
        : await endRowsOfClient.all(tx, { user, client, now, why })
    return noteEnded(tx, ended)
  },

  endOfSession: async (tx, session, now, why) =>
    noteEnded(tx, await endRowsOfSession.all(tx, { session, now, why, offline: false })),

  revokeJti: async (tx, jti, expiresAt) => {
    await revokeRow.run(tx, { jti, expires_at: expiresAt })
    noteChange(tx, 'jti', jti)
  },

  isJtiRevoked: async (tx, jti) => (await findJti.first(tx, { jti })) !== undefined,

  purge: async (tx, before, limit) => {
    let purged = 0
    for (const rows of purges) purged += await rows.run(tx, { before, limit })
    return purged
  },
}
