/** JSON merge patch (RFC 7396): null takes a member away, maps are merged, everything else is replaced. */
import type { Json, JsonObject } from '../../base/json.ts'
import { isObject } from './annotated-schema.ts'

/** `patch` has passed `parse`, so no key of it reaches a prototype (H11). */
export const mergePatch = (target: JsonObject, patch: JsonObject): JsonObject => {
  const merged: Record<string, Json | undefined> = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (value !== undefined) merged[key] = mergeValue(target[key], value)
  }
  return merged
}

const mergeValue = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return patch
  // A kept secret is replaced whole: `{ value }` merged into `{ secret, version }` would be neither.
  const base = isObject(target) && !isKeptSecret(target) ? target : {}
  return mergePatch(base, patch)
}

const isKeptSecret = (value: JsonObject): boolean =>
  typeof value.secret === 'string' && typeof value.version === 'number'
