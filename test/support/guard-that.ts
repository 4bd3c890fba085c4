/** A lock-out guard that refuses what a test says, in place of the one that walks flows. */
import type { Snapshot } from '../../src/kinds/contract/resource.ts'
import type { LockOutGuard } from '../../src/resources/edit/lock-out-guard.ts'
import type { Tx } from '../../src/store/store.ts'

export const guardThat = (refuses: (tx: Tx, snapshot: Snapshot) => Promise<boolean>): LockOutGuard => ({
  look: async (tx, snapshot) => {
    const level = (await refuses(tx, snapshot)) ? 'nowhere' : 'console'
    return { now: level, forEver: level, inside: [], outside: [] }
  },
  compare: async () => [{ at: null, says: 'root would stay outside.' }],
})
