/** Queries of consents: what a person allowed a client to be given. */
import type { UserId } from '../base/ids.ts'
import type { Consent } from '../domain/grants/grant.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { ConsentStore } from './store.ts'
import type { SignInTables } from './tables/sign-in.ts'

type ConsentRow = SignInTables['consents']

const COLUMNS = ['user_id', 'client_id', 'application', 'scopes', 'granted_at', 'expires_at'] as const

const toConsent = (row: ConsentRow): Consent => ({
  userId: row.user_id,
  clientId: row.client_id,
  application: row.application,
  scopes: fromJson(row.scopes),
  grantedAt: row.granted_at,
  expiresAt: row.expires_at,
})

const find = prepared((db, p: Bind<{ user: UserId; client: string }>) =>
  db.selectFrom('consents').select(COLUMNS).where('user_id', '=', p('user')).where('client_id', '=', p('client')),
)

const ofUser = prepared((db, p: Bind<{ user: UserId }>) =>
  db.selectFrom('consents').select(COLUMNS).where('user_id', '=', p('user')).orderBy('client_id'),
)

const putRow = prepared((db, p: Bind<ConsentRow>) =>
  db
    .insertInto('consents')
    .values(bindAll(p, COLUMNS))
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'client_id'])
        .doUpdateSet(bindAll(p, ['application', 'scopes', 'granted_at', 'expires_at'])),
    ),
)

const removeRow = prepared((db, p: Bind<{ user: UserId; client: string }>) =>
  db.deleteFrom('consents').where('user_id', '=', p('user')).where('client_id', '=', p('client')),
)

export const consents: ConsentStore = {
  get: async (tx, user, client) => {
    const row = await find.first(tx, { user, client })
    return row && toConsent(row)
  },

  of: async (tx, user) => (await ofUser.all(tx, { user })).map(toConsent),

  put: async (tx, consent) => {
    await putRow.run(tx, {
      user_id: consent.userId,
      client_id: consent.clientId,
      application: consent.application,
      scopes: toJson(consent.scopes),
      granted_at: consent.grantedAt,
      expires_at: consent.expiresAt,
    })
  },

  remove: async (tx, user, client) => (await removeRow.run(tx, { user, client })) === 1,
}
