/** Queries of the terms that people agreed to, each version with the first time they did. */
import type { UserId } from '../base/ids.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { AgreedTermsStore } from './store.ts'
import type { PeopleTables } from './tables/people.ts'

const putRow = prepared((db, p: Bind<PeopleTables['agreed_terms']>) =>
  db
    .insertInto('agreed_terms')
    .values(bindAll(p, ['user_id', 'terms', 'version', 'agreed_at']))
    .onConflict((conflict) => conflict.columns(['user_id', 'terms', 'version']).doNothing()),
)

const newestRow = prepared((db, p: Bind<{ user: UserId; terms: string }>) =>
  db
    .selectFrom('agreed_terms')
    .select('version')
    .where('user_id', '=', p('user'))
    .where('terms', '=', p('terms'))
    .orderBy('version', 'desc')
    .limit(1),
)

const rowsOf = prepared((db, p: Bind<{ user: UserId }>) =>
  db
    .selectFrom('agreed_terms')
    .select(['terms', 'version', 'agreed_at'])
    .where('user_id', '=', p('user'))
    .orderBy('terms')
    .orderBy('version'),
)

export const agreedTerms: AgreedTermsStore = {
  put: async (tx, user, terms, version, now) => {
    await putRow.run(tx, { user_id: user, terms, version, agreed_at: now })
  },
  newest: async (tx, user, terms) => (await newestRow.first(tx, { user, terms }))?.version ?? null,
  of: async (tx, user) =>
    (await rowsOf.all(tx, { user })).map(({ terms, version, agreed_at }) => ({ terms, version, agreedAt: agreed_at })),
}
