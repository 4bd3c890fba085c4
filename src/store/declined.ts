/** Queries of offers that people said no to. */
import type { UserId } from '../base/ids.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { DeclinedStore } from './store.ts'
import type { PeopleTables } from './tables/people.ts'

const putRow = prepared((db, p: Bind<PeopleTables['declined']>) =>
  db
    .insertInto('declined')
    .values(bindAll(p, ['user_id', 'offer', 'until']))
    .onConflict((conflict) => conflict.columns(['user_id', 'offer']).doUpdateSet({ until: p('until') })),
)

const findRow = prepared((db, p: Bind<{ user: UserId; offer: string }>) =>
  db.selectFrom('declined').select(['until']).where('user_id', '=', p('user')).where('offer', '=', p('offer')),
)

export const declined: DeclinedStore = {
  put: async (tx, user, offer, until) => {
    await putRow.run(tx, { user_id: user, offer, until })
  },
  stands: async (tx, user, offer, now) => {
    const row = await findRow.first(tx, { user, offer })
    return row !== undefined && (row.until === null || now < row.until)
  },
}
