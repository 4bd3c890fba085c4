/**
 * Queries of what is issued from grants: codes, refresh tokens, revoked token ids. Spending is one
 * `UPDATE … WHERE used_at IS NULL`, so that of any number of calls at once, in any number of processes, one wins
 * (RFC 6749 §4.1.2, RFC 9700 §4.14.2).
 */
import type { AuthorizationCode, RefreshToken } from '../domain/grants/grant.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { grantById } from './grant-rows.ts'
import { noteChange } from './note-change.ts'
import type { GrantStore } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { SignInTables } from './tables/sign-in.ts'

type CodeRow = Omit<SignInTables['codes'], 'code_hash'>
type RefreshRow = Omit<SignInTables['refresh_tokens'], 'token_hash'>

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

export const grantTokens: Omit<
  GrantStore,
  'byId' | 'of' | 'ofSession' | 'insert' | 'extend' | 'end' | 'endAllOf' | 'endOfSession'
> = {
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
    const grant = row && (await grantById(tx, row.grant_id))
    return grant && { token: toRefresh(row), grant }
  },

  useRefresh: async (tx, hash, now) => {
    const spent = await spendRefresh.first(tx, { hash, now })
    const row = spent ?? (await findRefresh.first(tx, { hash }))
    const grant = row && (await grantById(tx, row.grant_id))
    if (!grant) return { outcome: 'unknown' }
    if (!spent && row.used_at !== null) return { outcome: 'reused', grant }
    // Also where it ended while the token was being spent.
    if (grant.endedAt !== null) return { outcome: 'ended', grant }
    return spent ? { outcome: 'used', token: toRefresh(spent), grant } : { outcome: 'expired', grant }
  },

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
