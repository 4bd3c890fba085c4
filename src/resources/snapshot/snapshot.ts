/** The face of a compiled set that handlers read: immutable, in memory, no query behind it (DESIGN §3). */
import type { ResourceType, Snapshot } from '../../kinds/contract/resource.ts'
import { type CompiledSet, lookupKey } from './compile-set.ts'

const EMPTY: ReadonlyMap<string, unknown> = new Map()

export const snapshotOf = (set: CompiledSet, revision: number): Snapshot => ({
  revision,
  // What stands under a type's name was compiled by the object of that type.
  get: <Spec, Compiled>(type: ResourceType<Spec, Compiled>, slug: string) =>
    set.byType.get(type.type)?.get(slug) as Compiled | undefined,
  all: <Spec, Compiled>(type: ResourceType<Spec, Compiled>) =>
    (set.byType.get(type.type) ?? EMPTY) as ReadonlyMap<string, Compiled>,
  lookup: (kind, key) => set.lookups.get(lookupKey(kind, key)),
})
