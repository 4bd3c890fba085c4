/** Queries of grants: families of everything issued from one authorization. Ending one ends all of it. */
import type { GrantId, SessionId, UserId } from '../base/ids.ts'
import { toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { GRANT_COLUMNS, grantById, toGrant } from './grant-rows.ts'
import { grantTokens } from './grant-tokens.ts'
import { noteChange } from './note-change.ts'
import type { GrantStore, Tx } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { SignInTables } from './tables/sign-in.ts'

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db
    .selectFrom('grants')
    .select(GRANT_COLUMNS)
    .where('user_id', '=', p('user'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc'),
)

const ofSession = prepared((db, p: Bind<{ session: SessionId }>) =>
  db
    .selectFrom('grants')
    .select(GRANT_COLUMNS)
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

const noteEnded = (tx: Tx, ended: readonly { id: GrantId }[]): number => {
  for (const { id } of ended) noteChange(tx, 'grants', id)
  return ended.length
}

export const grants: GrantStore = {
  ...grantTokens,
  byId: grantById,
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
}
