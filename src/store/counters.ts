/**
 * Numbers given out in a row of their own. The row stays locked until the transaction ends, so a number is never given
 * twice and none is given that a lower one, given earlier, could still undo.
 */
import { type Bind, prepared } from './dialect/prepared.ts'
import type { Tx } from './store.ts'

type Counter = 'users.number' | 'changes' | 'changes.purged'

const addTo = prepared((db, p: Bind<{ name: Counter; by: number }>) =>
  db
    .updateTable('counters')
    .set((eb) => ({ value: eb('value', '+', p('by')) }))
    .where('name', '=', p('name'))
    .returning('value'),
)

const raiseTo = prepared((db, p: Bind<{ name: Counter; least: number }>) =>
  db
    .updateTable('counters')
    .set({ value: p('least') })
    .where('name', '=', p('name'))
    .where('value', '<', p('least')),
)

/** Gives out the next `by` numbers; tells the highest. */
export const nextNumber = async (tx: Tx, name: Counter, by = 1): Promise<number> => {
  const row = await addTo.first(tx, { name, by })
  if (!row) throw new Error(`no counter ${name}`)
  return row.value
}

/** What is given out from here on is above `least`. */
export const numberAtLeast = async (tx: Tx, name: Counter, least: number): Promise<void> => {
  await raiseTo.run(tx, { name, least })
}
