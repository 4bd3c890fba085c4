/**
 * What differs between two specs, field by field, for events, plans and dry runs. A secret shows as its version:
 * history says that it changed, never what it was (DESIGN §3).
 */
import { type Json, type JsonObject, sameJson } from '../../base/json.ts'
import type { TSchema } from '../../base/schema.ts'
import { annotated, isObject, mapValue, under } from './annotated-schema.ts'

/** `before` is absent for what was added, `after` for what was taken away. */
export type FieldChange = { readonly path: string; readonly before?: Json; readonly after?: Json }

export const fieldChanges = (schema: TSchema, before: JsonObject | null, after: JsonObject | null): FieldChange[] =>
  compare(before ? maskSecrets(schema, before) : {}, after ? maskSecrets(schema, after) : {}, '')

/** The spec with a few words in each secret's place, whatever form it has. */
const maskSecrets = (schema: TSchema, spec: JsonObject): JsonObject =>
  mapValue(annotated(schema), spec, ({ schema: at, value }) =>
    at['x-secret'] ? wordsFor(value) : undefined,
  ) as JsonObject

const wordsFor = (value: Json): Json => {
  if (!isObject(value) || typeof value.secret !== 'string') return '[secret]'
  const source =
    typeof value.env === 'string' ? `, env ${value.env}` : typeof value.file === 'string' ? `, file ${value.file}` : ''
  return `[secret, version ${String(value.version)}${source}]`
}

/** Lists are compared whole: their order means something, and half of a list says little. */
export const compare = (before: JsonObject, after: JsonObject, path: string): FieldChange[] => {
  const changes: FieldChange[] = []
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const was = before[key]
    const is = after[key]
    const at = under(path, key)
    if (was === undefined && is === undefined) continue
    if (was !== undefined && is !== undefined) {
      if (sameJson(was, is)) continue
      if (isObject(was) && isObject(is)) {
        changes.push(...compare(was, is, at))
        continue
      }
    }
    changes.push({
      path: at,
      ...(was === undefined ? {} : { before: was }),
      ...(is === undefined ? {} : { after: is }),
    })
  }
  return changes
}
