/** The part of the snapshot that provider kinds read: applications, and which provider holds a unique key. */
import type { CompiledProvider, ProviderSnapshot } from '../../kinds/contract/provider.ts'
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import type { ServedApplication } from '../types/application-type.ts'
import { lookupKey } from './compile-set.ts'

const made = new WeakMap<Snapshot, ProviderSnapshot>()

export const providerSnapshotOf = <Spec>(
  snapshot: Snapshot,
  applications: ResourceType<Spec, ServedApplication>,
): ProviderSnapshot => {
  const known = made.get(snapshot)
  if (known) return known
  const all = snapshot.all(applications)
  const view: ProviderSnapshot = {
    revision: snapshot.revision,
    applications: all,
    lookup: (kind, key): CompiledProvider | undefined => {
      const found = snapshot.lookup(kind, key)
      if (found?.type !== applications.type) return undefined
      const application = all.get(found.slug)
      const name = application?.holders.get(lookupKey(kind, key))
      return name === undefined ? undefined : application?.providers.get(name)
    },
  }
  made.set(snapshot, view)
  return view
}
