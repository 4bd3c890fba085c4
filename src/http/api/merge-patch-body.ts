/** Bodies of PATCH: JSON merge patch (RFC 7396) over the values as they stand. */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { type Static, type TSchema, Type } from '../../base/schema.ts'
import { annotated } from '../../resources/schema/annotated-schema.ts'
import { mergePatch } from '../../resources/schema/merge-patch.ts'
import { parseNode } from '../../resources/schema/parse-spec.ts'
import { type ApiFailure, refuse } from './problem.ts'

export const PatchBody = (of: string) =>
  Type.Object(
    {},
    { additionalProperties: true, description: `A merge patch (RFC 7396) of ${of}: null takes a member away.` },
  )

/** The values after the patch, parsed as if they had been sent whole. */
export const patched = <T extends TSchema>(
  schema: T,
  values: JsonObject,
  patch: JsonObject,
): Result<Static<T>, ApiFailure> => {
  const parsed = parseNode(annotated(schema), mergePatch(values, patch))
  // Parsed by this very schema.
  if (parsed.ok) return parsed as Result<Static<T>, never>
  return refuse('invalid', 'The values would not be valid.', parsed.error)
}
