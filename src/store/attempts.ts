/** Queries of flow attempts. An answer moves an attempt on only from the step it answers (H07). */
import type { AttemptId } from '../base/ids.ts'
import { fromJson, toJson } from './dialect/json-text.ts'
import { type Bind, bindAll, prepared } from './dialect/prepared.ts'
import type { Attempt, AttemptStore } from './store.ts'
import type { JsonColumn } from './tables/column-types.ts'
import type { SignInTables } from './tables/sign-in.ts'

type AttemptRow = SignInTables['attempts']

const COLUMNS = ['id', 'flow', 'revision', 'node', 'facts', 'browser', 'expires_at', 'step'] as const

const toAttempt = (row: AttemptRow): Attempt => ({
  id: row.id,
  flow: row.flow,
  revision: row.revision,
  node: row.node,
  facts: fromJson(row.facts),
  browser: row.browser,
  expiresAt: row.expires_at,
  step: row.step,
})

const findById = prepared((db, p: Bind<{ id: AttemptId }>) =>
  db.selectFrom('attempts').select(COLUMNS).where('id', '=', p('id')),
)

const insertRow = prepared((db, p: Bind<AttemptRow>) => db.insertInto('attempts').values(bindAll(p, COLUMNS)))

const advanceRow = prepared((db, p: Bind<{ id: AttemptId; step: number; node: string; facts: JsonColumn }>) =>
  db
    .updateTable('attempts')
    .set((eb) => ({ step: eb('step', '+', 1), node: p('node'), facts: p('facts') }))
    .where('id', '=', p('id'))
    .where('step', '=', p('step')),
)

const removeRow = prepared((db, p: Bind<{ id: AttemptId }>) => db.deleteFrom('attempts').where('id', '=', p('id')))

const purgeRows = prepared((db, p: Bind<{ before: number; limit: number }>) =>
  db
    .deleteFrom('attempts')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('attempts')
        .select('id')
        .where('expires_at', '<', p('before'))
        .orderBy('expires_at')
        .limit(p('limit')),
    ),
)

export const attempts: AttemptStore = {
  byId: async (tx, id) => {
    const row = await findById.first(tx, { id })
    return row && toAttempt(row)
  },

  insert: async (tx, attempt) => {
    await insertRow.run(tx, {
      id: attempt.id,
      flow: attempt.flow,
      revision: attempt.revision,
      node: attempt.node,
      facts: toJson(attempt.facts),
      browser: attempt.browser,
      expires_at: attempt.expiresAt,
      step: attempt.step,
    })
  },

  advance: async (tx, id, step, next) =>
    (await advanceRow.run(tx, { id, step, node: next.node, facts: toJson(next.facts) })) === 1,

  remove: async (tx, id) => (await removeRow.run(tx, { id })) === 1,

  purge: (tx, before, limit) => purgeRows.run(tx, { before, limit }),
}
