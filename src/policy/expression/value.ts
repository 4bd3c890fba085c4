/**
 * Values as expressions see them. Only what JSON can hold comes in and goes out: null, booleans, numbers, text, lists
 * and plain maps. Anything else (a class instance, a function, a `Secret`) is refused, and of an object only its own
 * members are seen, so that no expression reaches a prototype (H08).
 *
 * JSON has one kind of number and CEL has two: a whole number is read as an int (`bigint`), any other as a double.
 */
import { isPoisonousKey, type Json } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type Run, spend, spendLength } from './budget.ts'

export type ValueMap = { readonly [key: string]: unknown }

export const INT_MAX = 2n ** 63n - 1n
export const INT_MIN = -(2n ** 63n)

/** What a member, an element or a variable is once read; `undefined` where it is nothing an expression may hold. */
export const read = (raw: unknown): unknown => {
  switch (typeof raw) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return raw
    case 'number':
      return Number.isSafeInteger(raw) ? BigInt(raw) : raw
    case 'object':
      return raw === null || Array.isArray(raw) || isMap(raw) ? raw : undefined
    default:
      return undefined
  }
}

/** Plain objects only: those of JSON and of literals. */
export const isMap = (value: unknown): value is ValueMap => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A member of a map, or `undefined`: never an inherited one. */
export const member = (map: ValueMap, key: string): unknown => (Object.hasOwn(map, key) ? read(map[key]) : undefined)

/** The name of a value's type, for messages. */
export const typeName = (value: unknown): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  switch (typeof value) {
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    case 'object':
      return 'map'
    default:
      return 'nothing'
  }
}

/**
 * The value as JSON. Ints beyond what JSON carries exactly, and doubles that are no number, have no JSON. Charged by
 * size: a list of ten thousand times the same long list is small to hold and large to write.
 */
export const toJson = (run: Run, value: unknown): Result<Json, string> => {
  spend(run, 1)
  if (value === null || typeof value === 'boolean') return ok(value)
  if (typeof value === 'string') {
    spendLength(run, value.length)
    return ok(value)
  }
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? ok(number) : err('the number is too large for JSON')
  }
  if (typeof value === 'number') return Number.isFinite(value) ? ok(value) : err('the result is not a number')
  if (Array.isArray(value)) return listToJson(run, value)
  return isMap(value) ? mapToJson(run, value) : err('the result is not a value')
}

const listToJson = (run: Run, list: readonly unknown[]): Result<Json, string> => {
  const items: Json[] = []
  for (const item of list) {
    const made = toJson(run, item)
    if (!made.ok) return made
    items.push(made.value)
  }
  return ok(items)
}

const mapToJson = (run: Run, map: ValueMap): Result<Json, string> => {
  const members: Record<string, Json> = {}
  for (const key of Object.keys(map)) {
    if (isPoisonousKey(key)) return err(`the key "${key}" is not allowed`)
    if (map[key] === undefined) continue
    const made = toJson(run, map[key])
    if (!made.ok) return made
    members[key] = made.value
  }
  return ok(members)
}
