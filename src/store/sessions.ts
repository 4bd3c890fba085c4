/** Queries of sessions. The cookie is kept as a keyed hash; a row that ended stays until a purge, found by nobody. */
import type { SessionId, UserId } from '../base/ids.ts'
import type { Proof, Session } from '../domain/sessions/session.ts'
import type { Builder } from './dialect/builder.ts'
import { fromJson, type JsonText, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import { grants } from './grants.ts'
import { noteChange } from './note-change.ts'
import { type PageShape, readPage } from './page.ts'
import { holdsTerm } from './search-text.ts'
import { Conflict, type SessionQuery, type SessionStore, type Tx } from './store.ts'
import type { RowToInsert } from './tables/column-types.ts'
import type { SignInTables } from './tables/sign-in.ts'

const COLUMNS = [
  'id',
  'user_id',
  'generation',
  'created_at',
  'last_seen_at',
  'auth_time',
  'proofs',
  'idle_ends_at',
  'ends_at',
  'persistent',
  'ip',
  'user_agent',
  'device_since',
  'organisation',
] as const

type SessionRow = Omit<SignInTables['sessions'], 'persistent' | 'token_hash' | 'ended_at' | 'over_at'> & {
  persistent: boolean | number
}

const toSession = (row: SessionRow): Session => ({
  id: row.id,
  userId: row.user_id,
  generation: row.generation,
  createdAt: row.created_at,
  lastSeenAt: row.last_seen_at,
  authTime: row.auth_time,
  proofs: fromJson(row.proofs),
  idleEndsAt: row.idle_ends_at,
  endsAt: row.ends_at,
  persistent: Boolean(row.persistent),
  ip: row.ip,
  userAgent: row.user_agent,
  ...(row.device_since === null ? {} : { deviceSince: row.device_since }),
  organisation: row.organisation,
})

const optional = (row: SessionRow | undefined): Session | undefined => (row ? toSession(row) : undefined)

const findByHash = prepared((db, p: Bind<{ hash: string }>) =>
  db.selectFrom('sessions').select(COLUMNS).where('token_hash', '=', p('hash')).where('ended_at', 'is', null),
)

const findById = prepared((db, p: Bind<{ id: SessionId }>) =>
  db.selectFrom('sessions').select(COLUMNS).where('id', '=', p('id')).where('ended_at', 'is', null),
)

const liveOf = prepared((db, p: Bind<{ user: UserId; now: number }>) =>
  db
    .selectFrom('sessions')
    .select(COLUMNS)
    .where('user_id', '=', p('user'))
    .where('ended_at', 'is', null)
    .where('over_at', '>', p('now'))
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc'),
)

const WRITTEN = [...COLUMNS, 'token_hash', 'ended_at', 'over_at'] as const

const insertRow = prepared((db, p: Bind<RowToInsert<SignInTables['sessions']>>) =>
  db.insertInto('sessions').values(bindAll(p, WRITTEN)),
)

const rotateRow = prepared(
  (db, p: Bind<{ id: SessionId; hash: string; proofs: JsonText<readonly Proof[]>; authTime: number; now: number }>) =>
    db
      .updateTable('sessions')
      .set({ token_hash: p('hash'), proofs: p('proofs'), auth_time: p('authTime'), last_seen_at: p('now') })
      .where('id', '=', p('id'))
      .where('ended_at', 'is', null),
)

const touchRow = prepared((db, p: Bind<{ id: SessionId; now: number; idleEndsAt: number }>) =>
  db
    .updateTable('sessions')
    .set((eb) => ({
      last_seen_at: p('now'),
      idle_ends_at: p('idleEndsAt'),
      over_at: eb.case().when('ends_at', '<', p('idleEndsAt')).then(eb.ref('ends_at')).else(p('idleEndsAt')).end(),
    }))
    .where('id', '=', p('id'))
    .where('ended_at', 'is', null),
)

const endRow = prepared((db, p: Bind<{ id: SessionId; now: number }>) =>
  db
    .updateTable('sessions')
    .set({ ended_at: p('now'), over_at: p('now') })
    .where('id', '=', p('id'))
    .where('ended_at', 'is', null),
)

const openOf = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('sessions').select('id').where('user_id', '=', p('user')).where('ended_at', 'is', null),
)

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('sessions')
    .where('id', 'in', (eb) =>
      eb.selectFrom('sessions').select('id').where('over_at', '<', p('before')).orderBy('over_at').limit(p('limit')),
    ),
)

const end = async (tx: Tx, id: SessionId, now: number): Promise<boolean> => {
  if ((await endRow.run(tx, { id, now })) === 0) return false
  await grants.endOfSession(tx, id, now, 'session ended')
  noteChange(tx, 'sessions', id)
  return true
}

const SHAPE: PageShape = {
  // An id begins with the time that it was made at: no index has to be kept for the order.
  sorts: { created_at: { column: 'sessions.id', field: 'id', type: 'string' } },
  usual: '-created_at',
  id: { column: 'sessions.id', field: 'id' },
}

const LISTED = COLUMNS.map((column) => `sessions.${column}` as const)

const filtered = (db: Builder, { organisation, user, active, now, search }: SessionQuery) => {
  let rows = db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(LISTED)
    .select(['sessions.ended_at', 'sessions.over_at', 'users.username'])
    .select(['users.active as user_active', 'users.generation as user_generation'])
    .where('sessions.organisation', '=', organisation)
  if (user !== undefined) rows = rows.where('sessions.user_id', '=', user)
  if (active !== undefined) {
    rows = rows.where((eb) => {
      const lives = eb.and([
        // Ended by somebody, it is over as of then.
        eb('sessions.over_at', '>', now),
        eb('users.active', '=', true),
        eb('users.generation', '=', eb.ref('sessions.generation')),
      ])
      return active ? lives : eb.not(lives)
    })
  }
  if (!search) return rows
  return rows.where((eb) => eb.or([holdsTerm('users.search', search), holdsTerm('sessions.ip', search)]))
}

export const sessions: SessionStore = {
  byTokenHash: async (tx, hash) => optional(await findByHash.first(tx, { hash })),
  byId: async (tx, id) => optional(await findById.first(tx, { id })),
  of: async (tx, user, now) => (await liveOf.all(tx, { user, now })).map(toSession),

  list: (tx, query) =>
    readPage(
      tx,
      query,
      SHAPE,
      (db) => filtered(db, query),
      (row) => ({
        ...toSession(row),
        username: row.username,
        endedAt: row.ended_at,
        active: row.over_at > query.now && Boolean(row.user_active) && row.user_generation === row.generation,
      }),
    ),

  insert: async (tx, session) => {
    await insertRow.run(tx, {
      id: session.id,
      token_hash: session.tokenHash,
      user_id: session.userId,
      generation: session.generation,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      auth_time: session.authTime,
      proofs: toJson(session.proofs),
      idle_ends_at: session.idleEndsAt,
      ends_at: session.endsAt,
      persistent: session.persistent,
      ip: session.ip,
      user_agent: session.userAgent,
      device_since: session.deviceSince ?? null,
      organisation: session.organisation,
      ended_at: null,
      over_at: Math.min(session.idleEndsAt, session.endsAt),
    })
  },

  rotate: async (tx, id, tokenHash, { proofs, authTime }, now) => {
    const rotated = await rotateRow.run(tx, { id, hash: tokenHash, proofs: toJson(proofs), authTime, now })
    // Ended meanwhile (a leaver, a sign-out elsewhere): nobody must be told that they are signed in now.
    if (rotated === 0) throw new Conflict('sessions.id')
    noteChange(tx, 'sessions', id)
  },

  touch: async (tx, id, now, idleEndsAt) => {
    await touchRow.run(tx, { id, now, idleEndsAt })
  },

  end,

  endAllOf: async (tx, user, now, except) => {
    let ended = 0
    for (const { id } of await openOf.all(tx, { user })) {
      if (id !== except && (await end(tx, id, now))) ended += 1
    }
    return ended
  },

  purge: (tx, before, limit) => purgeRows.run(tx, { before, limit }),
}
