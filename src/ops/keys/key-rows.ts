/** The key ring's rows over the store: re-wrapping is one transaction with its event. */
import type { Recorder } from '../../core/recorder.ts'
import type { Store } from '../../store/store.ts'
import type { KeyRows } from './key-ring.ts'

export const keyRows = (store: Pick<Store, 'read' | 'write' | 'keys'>, recorder: Pick<Recorder, 'in'>): KeyRows => ({
  all: () => store.keys.all(store.read),
  insertFirst: (key) => store.write((tx) => store.keys.insertFirst(tx, key)),
  rewrap: (rows) =>
    store.write(async (tx) => {
      for (const row of rows) await store.keys.rewrap(tx, row.id, row.wrapped)
      await recorder.in(tx, {
        type: 'secret_key.rotated',
        actor: { kind: 'system', name: 'start' },
        detail: { keys: rows.length },
      })
    }),
})
