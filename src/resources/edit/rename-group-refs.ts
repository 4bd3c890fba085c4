/** References to groups follow a renamed group: edits that put its new slug wherever the old one stands. */
import type { ResourceType } from '../../kinds/contract/resource.ts'
import { replaceRef } from '../schema/collect-refs.ts'
import type { ConfigurationState } from './configuration-state.ts'
import type { Edit } from './revise.ts'

/** `names` is old slug to new. */
export const renameGroupRefs = (
  types: ReadonlyMap<string, ResourceType>,
  state: ConfigurationState,
  names: ReadonlyMap<string, string>,
): Edit[] =>
  [...state.set.outcomes.values()].flatMap(({ entry }) => {
    if (!entry?.refs.some((ref) => ref.type === 'groups' && names.has(ref.slug))) return []
    const type = types.get(entry.stored.type)
    if (!type) return []
    const spec = replaceRef(type.schema, entry.spec, 'groups', names)
    return [{ type, slug: entry.stored.slug, spec, managedBy: entry.stored.managedBy }]
  })
