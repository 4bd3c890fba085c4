/** The things that a spec names, from its schema's `x-ref` annotations: for "used by" and delete protection. */
import type { Json, JsonObject } from '../../base/json.ts'
import type { TSchema } from '../../base/schema.ts'
import { annotated, mapValue, visitValue } from './annotated-schema.ts'

export type FoundRef = { readonly type: string; readonly slug: string; readonly path: string }

export const collectRefs = (schema: TSchema, spec: JsonObject): FoundRef[] => {
  const found: FoundRef[] = []
  visitValue(annotated(schema), spec, ({ schema: at, value, path }) => {
    const type = at['x-ref']
    if (type !== undefined && typeof value === 'string') found.push({ type, slug: value, path })
  })
  return found
}

/** The spec with other names in place of some, wherever a reference of that type stands. All at once: two may swap. */
export const replaceRef = (
  schema: TSchema,
  spec: JsonObject,
  type: string,
  names: ReadonlyMap<string, string>,
): JsonObject =>
  mapValue(annotated(schema), spec, ({ schema: at, value }): Json | undefined =>
    at['x-ref'] === type && typeof value === 'string' ? names.get(value) : undefined,
  ) as JsonObject
