/** Groups as the API takes and gives them: the values of the configuration file, and `meta` that nobody sets. */
import type { GroupId } from '../../../base/ids.ts'
import type { JsonObject } from '../../../base/json.ts'
import { Closed, type Static, Type } from '../../../base/schema.ts'
import type { Group } from '../../../domain/groups/group.ts'
import { GroupSpec } from '../../../resources/file/people-spec.ts'
import { Instant, instant, Meta } from '../shapes.ts'

const { name, parents, roles, attributes } = GroupSpec.properties

export const GroupBody = Closed(
  { name, parents, roles, attributes, meta: Type.Optional(Type.Unknown({ readOnly: true })) },
  { title: 'GroupValues' },
)
export type GroupBody = Static<typeof GroupBody>

export const GroupView = Closed(
  {
    name,
    parents,
    roles,
    attributes,
    meta: Meta({
      id: Type.String({ format: 'id' }),
      slug: Type.String(),
      managed_by: Type.Union([Type.String(), Type.Null()], { description: 'The file that manages it, or null.' }),
      created_at: Instant('When it was made.'),
      updated_at: Instant('When it last changed.'),
    }),
  },
  { title: 'Group' },
)

type Groups = ReadonlyMap<GroupId, Group>

export const groupValues = (group: Group, groups: Groups): JsonObject => ({
  name: group.name,
  parents: group.parents.flatMap((id) => groups.get(id)?.slug ?? []).sort(),
  roles: [...group.roles].sort(),
  attributes: group.attributes,
})

export const groupView = (group: Group, groups: Groups): JsonObject => ({
  ...groupValues(group, groups),
  meta: {
    id: group.id,
    slug: group.slug,
    managed_by: group.managedBy,
    created_at: instant(group.createdAt),
    updated_at: instant(group.updatedAt),
  },
})

/** What the entity tag is over. */
export const taggedGroup = (group: Group, groups: Groups): JsonObject => ({
  ...groupValues(group, groups),
  id: group.id,
  slug: group.slug,
  managed_by: group.managedBy,
})
