/**
 * A spec as the code of today reads it: upgraded from the version it was written under, then checked and its defaults
 * filled in. History is never rewritten; whoever reads an older revision, draft or file goes through here (DESIGN §3).
 */
import type { JsonObject } from '../base/json.ts'
import { err, type Result } from '../base/result.ts'
import { type Issue, parse, Type } from '../base/schema.ts'
import type { ResourceType } from '../kinds/contract/resource.ts'
import { parseSpec } from './schema/parse-spec.ts'

/** `from` is the version of the type's schema that the spec was written under. */
export const readSpec = (type: ResourceType, spec: unknown, from: number): Result<JsonObject, Issue[]> => {
  if (from > type.version) {
    return err([
      { path: '', message: `was written by a newer version (schema ${from}; this one knows ${type.version})` },
    ])
  }
  // Upgrades walk the spec: it must be free of poisonous keys and bottomless nesting before they see it.
  const sound = parse(Type.Record(Type.String(), Type.Any()), spec)
  if (!sound.ok) return sound
  const current = from < type.version && type.upgrade ? type.upgrade(sound.value as JsonObject, from) : sound.value
  return parseSpec(type.schema, type.upgradeParts ? type.upgradeParts(current as JsonObject) : current)
}
