/** The key ring's rows over the store: re-wrapping is one transaction with its event. */

import type { Clock } from '../../base/clock.ts'
import { type EventId, newId } from '../../base/ids.ts'
import type { Random } from '../../base/random.ts'
import type { Store } from '../../store/store.ts'
import type { KeyRows } from './key-ring.ts'

export const keyRows = (
  store: Pick<Store, 'read' | 'write' | 'keys' | 'events'>,
  world: { readonly clock: Clock; readonly random: Random },
): KeyRows => ({
  all: () => store.keys.all(store.read),
  insertFirst: (key) => store.write((tx) => store.keys.insertFirst(tx, key)),
  rewrap: (rows) =>
    store.write(async (tx) => {
      for (const row of rows) await store.keys.rewrap(tx, row.id, row.wrapped)
      const now = world.clock.now()
      await store.events.record(tx, newId<EventId>(now, world.random), now, {
        type: 'secret_key.rotated',
        actor: { kind: 'system', name: 'start' },
        detail: { keys: rows.length },
      })
    }),
})
