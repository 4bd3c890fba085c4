/** Facts of this installation that every request leans on, kept in memory and renewed when they change. */

import type { Store } from '../store/store.ts'
import { type KeptFact, keepFact } from './keep-fact.ts'

export type InstanceFacts = {
  readonly installId: string
  /** What first run proved, or null. */
  readonly publicUrl: string | null
  readonly trustedProxies: readonly string[]
  readonly setupDone: boolean
}

export const createInstance = (store: Store): KeptFact<InstanceFacts> =>
  keepFact(
    store.changes,
    (what) => what === 'instance',
    async () => {
      const [installId, publicUrl, trustedProxies, setupDone] = await Promise.all(
        ['install_id', 'public_url', 'trusted_proxies', 'setup_done'].map((name) =>
          store.instance.get(store.read, name),
        ),
      )
      return {
        installId: typeof installId === 'string' ? installId : '',
        publicUrl: typeof publicUrl === 'string' ? publicUrl : null,
        trustedProxies: Array.isArray(trustedProxies) ? trustedProxies.filter((one) => typeof one === 'string') : [],
        setupDone: setupDone !== undefined,
      }
    },
  )
