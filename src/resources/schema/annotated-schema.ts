/**
 * Walks a value beside its schema. References, secrets and kinds are told by annotations (`x-ref`, `x-secret`,
 * `x-discriminator`), so that every type gets "used by", secret handling and masking without a line of its own.
 */
import { type Json, type JsonObject, sameJson } from '../../base/json.ts'
import { parse, type TSchema } from '../../base/schema.ts'

/** The keywords of JSON Schema that our schemas use, and our annotations. */
export type AnnotatedSchema = {
  readonly type?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, AnnotatedSchema>>
  readonly patternProperties?: Readonly<Record<string, AnnotatedSchema>>
  readonly required?: readonly string[]
  readonly items?: AnnotatedSchema
  readonly anyOf?: readonly AnnotatedSchema[]
  /** The type of thing that this text names. */
  readonly 'x-ref'?: string
  readonly 'x-secret'?: boolean
  /** The member that tells which branch of a union is meant; left out, the key in the map above tells. */
  readonly 'x-discriminator'?: string
  /** Each branch is of another JSON type (`array`, `object`, `string`), which tells which is meant. */
  readonly 'x-by-shape'?: boolean
  /** Each branch requires a member that no other has, which tells which is meant. */
  readonly 'x-by-key'?: boolean
}

/** A TypeBox schema is a JSON Schema; this names the part of it that is read here. */
export const annotated = (schema: TSchema | AnnotatedSchema): AnnotatedSchema => schema as AnnotatedSchema

export type Spot = {
  readonly schema: AnnotatedSchema
  readonly value: Json
  /** In dots and brackets, as in an `Issue`. */
  readonly path: string
  /** The last step of the path. */
  readonly key: string
}

/** What takes the value's place, or `undefined` to go on inside of it. */
export type Visit = (spot: Spot) => Json | undefined

/** A copy of `value` with what `visit` replaced. Visits a union before its branch. */
export const mapValue = (schema: AnnotatedSchema, value: Json, visit: Visit, path = '', key = ''): Json => {
  const replaced = visit({ schema, value, path, key })
  if (replaced !== undefined) return replaced
  if (schema.anyOf) {
    const branch = branchOf(schema, value, key)
    return branch ? mapValue(branch, value, visit, path, key) : value
  }
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const items = schema.items
    if (!items) return value
    return value.map((item: Json, index) => mapValue(items, item, visit, `${path}[${index}]`, String(index)))
  }
  const object = value as JsonObject
  const mapped: Record<string, Json> = {}
  for (const [name, member] of Object.entries(object)) {
    if (member === undefined) continue
    const inner = memberSchema(schema, name)
    mapped[name] = inner ? mapValue(inner, member, visit, under(path, name), name) : member
  }
  return mapped
}

/** Visits every spot and changes nothing. */
export const visitValue = (schema: AnnotatedSchema, value: Json, look: (spot: Spot) => void): void => {
  mapValue(schema, value, (spot) => {
    look(spot)
    return undefined
  })
}

export const memberSchema = (schema: AnnotatedSchema, name: string): AnnotatedSchema | undefined =>
  (schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined) ??
  Object.values(schema.patternProperties ?? {})[0]

/** Unions that `parseSpec` reads by branch, so that issues speak of the branch that was meant. */
export const isGuided = (schema: AnnotatedSchema): boolean =>
  schema['x-discriminator'] !== undefined ||
  schema['x-by-shape'] === true ||
  schema['x-by-key'] === true ||
  schema['x-secret'] === true

/** The branch of a union that a value means, as far as can be told. */
export const branchOf = (union: AnnotatedSchema, value: Json, key: string): AnnotatedSchema | undefined => {
  const branches = union.anyOf ?? []
  const discriminator = union['x-discriminator']
  if (discriminator !== undefined) {
    const kind = discriminatorOf(value, discriminator) ?? key
    return branches.find((branch) => branch.properties?.[discriminator]?.const === kind)
  }
  if (union['x-by-shape']) return branches.find((branch) => branch.type === shapeOf(value))
  if (isGuided(union)) {
    return branches.find((branch) => ownMembers(branches, branch).some((name) => isObject(value) && name in value))
  }
  return branches.find((branch) => parse(branch as TSchema, value).ok)
}

/** The members that this branch requires and no other does. */
export const ownMembers = (branches: readonly AnnotatedSchema[], branch: AnnotatedSchema): string[] =>
  (branch.required ?? []).filter(
    (name) => !branches.some((other) => other !== branch && other.required?.includes(name)),
  )

export const discriminatorOf = (value: Json, name: string): string | undefined => {
  const kind = isObject(value) ? value[name] : undefined
  return typeof kind === 'string' ? kind : undefined
}

const shapeOf = (value: Json): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `under('providers.oidc', 'redirect_uris[0]')`. */
export const under = (prefix: string, path: string): string => {
  if (prefix === '') return path
  if (path === '') return prefix
  return path.startsWith('[') ? `${prefix}${path}` : `${prefix}.${path}`
}

/** A copy without the members that parsing would fill in again, for files that people read. */
export const leaveOutDefaults = (schema: AnnotatedSchema, value: Json, key = '', discriminator?: string): Json => {
  if (schema.anyOf) {
    const branch = isGuided(schema) ? branchOf(schema, value, key) : undefined
    return branch ? leaveOutDefaults(branch, value, key, schema['x-discriminator']) : value
  }
  if (Array.isArray(value)) {
    const items = schema.items
    return items ? value.map((item: Json) => leaveOutDefaults(items, item)) : value
  }
  if (!isObject(value)) return value
  const kept: Record<string, Json> = {}
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    // What tells the branch may go only where the key tells the same.
    const goes = name === discriminator ? member === key : isFilledIn(schema.properties?.[name], member)
    if (goes) continue
    const inner = memberSchema(schema, name)
    kept[name] = inner ? leaveOutDefaults(inner, member, name) : member
  }
  return kept
}

const isFilledIn = (schema: AnnotatedSchema | undefined, value: Json): boolean => {
  const made = schema && filledIn(schema)
  return made !== undefined && sameJson(made, value)
}

const filled = new WeakMap<AnnotatedSchema, { readonly value: Json | undefined }>()

/** What parsing makes of a member that was left out. */
const filledIn = (schema: AnnotatedSchema): Json | undefined => {
  const known = filled.get(schema)
  if (known) return known.value
  const parsed = parse({ type: 'object', properties: { value: schema } } as TSchema, {})
  const value = parsed.ok ? (parsed.value as { value?: Json }).value : undefined
  filled.set(schema, { value })
  return value
}
