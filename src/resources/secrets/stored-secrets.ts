/** The secrets that a spec keeps, by the path where each stands. */
import type { JsonObject } from '../../base/json.ts'
import type { TSchema } from '../../base/schema.ts'
import type { StoredSecret } from '../../base/secret-reference.ts'
import type { Place } from '../../domain/keys/key-ring.ts'
import { annotated, isObject, visitValue } from '../schema/annotated-schema.ts'

export const storedSecrets = (schema: TSchema, spec: JsonObject): Map<string, StoredSecret> => {
  const found = new Map<string, StoredSecret>()
  visitValue(annotated(schema), spec, ({ schema: at, value, path }) => {
    if (!at['x-secret'] || !isObject(value)) return
    const { secret, version, env, file } = value
    if (typeof secret !== 'string' || typeof version !== 'number') return
    found.set(path, {
      secret,
      version,
      ...(typeof env === 'string' ? { env } : {}),
      ...(typeof file === 'string' ? { file } : {}),
    })
  })
  return found
}

/** Where a secret of a spec lies: it opens in this row and nowhere else. */
export const secretPlace = (id: string): Place => ({ table: 'secrets', row: id, column: 'sealed' })
