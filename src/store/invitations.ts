/** Queries of invitations. Each use is counted by one statement that asks whether one is left: a race ends in it. */
import type { InvitationId } from '../base/ids.ts'
import type { Invitation } from '../domain/invitations/invitation.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { type PageShape, readPage } from './page.ts'
import type { InvitationStore } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { PeopleTables } from './tables/people.ts'

const COLUMNS = ['id', 'flow', 'data', 'uses', 'used', 'inviter', 'organisation', 'created_at', 'expires_at'] as const

type Row = Omit<PeopleTables['invitations'], 'token_hash'>

const toInvitation = (row: Row): Invitation => ({
  id: row.id,
  flow: row.flow,
  // Written below and nowhere else.
  data: fromJson(row.data) as unknown as Invitation['data'],
  uses: row.uses,
  used: row.used,
  inviter: row.inviter,
  organisation: row.organisation,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

const insertRow = prepared((db, p: Bind<RowToInsert<PeopleTables['invitations']>>) =>
  db.insertInto('invitations').values(bindAll(p, [...COLUMNS, 'token_hash'])),
)

const findByToken = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('invitations').select(COLUMNS).where('token_hash', '=', p('hash')),
)

const findById = prepared((db, p: Bind<{ id: InvitationId }>) =>
  db.selectFrom('invitations').select(COLUMNS).where('id', '=', p('id')),
)

const takeOne = prepared((db, p: Bind<{ id: InvitationId; now: number }>) =>
  db
    .updateTable('invitations')
    .set((eb) => ({ used: eb('used', '+', 1) }))
    .where('id', '=', p('id'))
    .where('expires_at', '>', p('now'))
    .whereRef('used', '<', 'uses'),
)

const removeRow = prepared((db, p: Bind<{ id: InvitationId }>) =>
  db.deleteFrom('invitations').where('id', '=', p('id')),
)

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('invitations')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('invitations')
        .select('id')
        .where('expires_at', '<', p('before'))
        .orderBy('expires_at')
        .limit(p('limit')),
    ),
)

const SHAPE: PageShape = {
  sorts: { created_at: { column: 'created_at', field: 'created_at', type: 'number' } },
  usual: 'created_at',
  id: { column: 'id', field: 'id' },
}

export const invitations: InvitationStore = {
  insert: async (tx, { tokenHash, data, ...invitation }) => {
    await insertRow.run(tx, {
      id: invitation.id,
      token_hash: tokenHash,
      flow: invitation.flow,
      data: toJson(JSON.parse(JSON.stringify(data))),
      uses: invitation.uses,
      used: invitation.used,
      inviter: invitation.inviter,
      organisation: invitation.organisation,
      created_at: invitation.createdAt,
      expires_at: invitation.expiresAt,
    })
  },
  byTokenHash: async (tx, hash) => {
    const row = await findByToken.first(tx, { hash })
    return row && toInvitation(row)
  },
  byId: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toInvitation(row)
  },
  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => db.selectFrom('invitations').select(COLUMNS).where('organisation', '=', query.organisation),
      toInvitation,
    ),
  take: async (tx, id, now) => (await takeOne.run(tx, { id, now })) === 1,
  remove: async (tx, id) => (await removeRow.run(tx, { id })) === 1,
  purge: (tx, before, limit) => purgeRows.run(tx, { before, limit }),
}
