/** A resource as the API takes and gives it: its spec, and `meta` that nobody sets. A set secret shows as its version. */
import type { JsonObject } from '../../../base/json.ts'
import { type TSchema, Type } from '../../../base/schema.ts'
import type { ResourceType } from '../../../kinds/contract/resource.ts'
import { readSpec } from '../../../resources/read-spec.ts'
import { annotated } from '../../../resources/schema/annotated-schema.ts'
import type { StoredResource } from '../../../store/store.ts'
import { Instant, instant, Meta } from '../shapes.ts'

const ResourceMeta = Meta({
  id: Type.String({ format: 'id' }),
  slug: Type.String(),
  revision: Type.Integer({ description: 'Also its entity tag.' }),
  managed_by: Type.Union([Type.String(), Type.Null()], { description: 'The file that manages it, or null.' }),
  updated_at: Instant('When this revision was made.'),
})

/** The schema of the type, with `meta` beside its own members. */
export const ResourceView = (type: ResourceType): TSchema => {
  // A TypeBox schema is plain JSON Schema; resources are objects.
  const own = type.schema as TSchema & { readonly properties?: Readonly<Record<string, TSchema>> }
  const { anyOf } = annotated(own)
  const withMeta = (schema: object, members: object | undefined) => ({
    ...schema,
    properties: { ...members, meta: ResourceMeta },
  })
  const branches = anyOf && { anyOf: anyOf.map((branch) => withMeta(branch, branch.properties)) }
  return { title: nameOf(type), ...withMeta(own, own.properties), ...branches } as TSchema
}

/** What is sent, for the reference: the values alone. */
export const ResourceValues = (type: ResourceType): TSchema =>
  // The same schema with a name.
  ({ title: `${nameOf(type)}Values`, ...(type.schema as object) }) as TSchema

const nameOf = ({ singular }: ResourceType): string => singular.charAt(0).toUpperCase() + singular.slice(1)

export const resourceView = (stored: StoredResource): JsonObject => ({
  ...stored.spec,
  meta: {
    id: stored.id,
    slug: stored.slug,
    revision: stored.revision,
    managed_by: stored.managedBy,
    updated_at: instant(stored.updatedAt),
  },
})

/** As the code of today reads it; one that it can no longer read is told as it was written. */
export const upToDate = (type: ResourceType, stored: StoredResource): StoredResource => {
  const read = readSpec(type, stored.spec, stored.schema)
  return read.ok ? { ...stored, spec: read.value } : stored
}
