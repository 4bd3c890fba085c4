/** Queries of failed guesses. Rows are locked in one order, so that two tries never wait for each other. */
import { type Bind, bindAll, locked, prepared } from './dialect/prepared.ts'
import type { GuessStore } from './store.ts'
import type { SignInTables } from './tables/sign-in.ts'

type Row = SignInTables['guess_counts']

// There must be a row to lock: of two first tries at once, one would not see the other.
const standAt = prepared((db, p: Bind<Row>) =>
  db
    .insertInto('guess_counts')
    .values(bindAll(p, ['key', 'failures', 'last_at']))
    .onConflict((conflict) => conflict.column('key').doNothing()),
)

const findRow = prepared((db, p: Bind<{ key: string }>) =>
  db.selectFrom('guess_counts').select(['failures', 'last_at']).where('key', '=', p('key')),
)

const lockRow = prepared((db, p: Bind<{ key: string }>, engine) =>
  locked(db.selectFrom('guess_counts').select(['failures', 'last_at']).where('key', '=', p('key')), engine),
)

const setRow = prepared((db, p: Bind<Row>) =>
  db
    .updateTable('guess_counts')
    .set({ failures: p('failures'), last_at: p('last_at') })
    .where('key', '=', p('key')),
)

const removeRow = prepared((db, p: Bind<{ key: string }>) => db.deleteFrom('guess_counts').where('key', '=', p('key')))

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('guess_counts')
    .where('key', 'in', (eb) =>
      eb
        .selectFrom('guess_counts')
        .select('key')
        .where('last_at', '<', p('before'))
        .orderBy('last_at')
        .limit(p('limit')),
    ),
)

export const guesses: GuessStore = {
  lock: async (tx, keys, now) => {
    const found = new Map<string, { failures: number; lastAt: number }>()
    for (const key of keys.toSorted()) {
      await standAt.run(tx, { key, failures: 0, last_at: now })
      const row = await lockRow.first(tx, { key })
      if (row) found.set(key, { failures: row.failures, lastAt: row.last_at })
    }
    return found
  },
  get: async (tx, keys) => {
    const found = new Map<string, { failures: number; lastAt: number }>()
    for (const key of keys) {
      const row = await findRow.first(tx, { key })
      if (row) found.set(key, { failures: row.failures, lastAt: row.last_at })
    }
    return found
  },
  set: async (tx, key, count) => {
    if (count === null) await removeRow.run(tx, { key })
    else await setRow.run(tx, { key, failures: count.failures, last_at: count.lastAt })
  },
  purge: (tx, before, limit) => purgeRows.run(tx, { before, limit }),
}
