/** A grant's row, as every query of grants and of what was issued from them reads it. */
import type { GrantId } from '../base/ids.ts'
import type { Grant } from '../domain/grants/grant.ts'
import { fromJson } from './dialect/json-text.ts'
import { type Bind, prepared } from './dialect/prepared.ts'
import type { Tx } from './store.ts'
import type { SignInTables } from './tables/sign-in.ts'

export const GRANT_COLUMNS = [
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
export const toGrant = (row: GrantRow): Grant => ({
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

const findById = prepared((db, p: Bind<{ id: GrantId }>) =>
  db.selectFrom('grants').select(GRANT_COLUMNS).where('id', '=', p('id')),
)

export const grantById = async (tx: Tx, id: GrantId): Promise<Grant | undefined> => {
  const row = await findById.first(tx, { id })
  return row && toGrant(row)
}
