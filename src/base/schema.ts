/**
 * One schema makes the type, the validation, the OpenAPI entry, the form and the reference page: TypeBox (JSON
 * Schema 2020-12) with our formats. `parse` is the only border check; inside, values are trusted.
 */
import { distance } from 'fastest-levenshtein'
import { type Static, type TSchema, Type } from 'typebox'
import { Format } from 'typebox/format'
import { Check, Compile, Errors, type Validator } from 'typebox/schema'
import { parseDuration } from './duration.ts'
import { isUuid } from './ids.ts'
import { isPoisonousKey } from './json.ts'
import { err, ok, type Result } from './result.ts'

export { type Static, type TSchema, Type }

/** Where a value breaks its schema: `path` in dots and brackets (`providers.oidc.redirect_uris[0]`), words to show. */
export type Issue = { readonly path: string; readonly message: string }

export const isSlug = (text: string): boolean => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

Format.Set('duration', (text) => parseDuration(text) !== null)
Format.Set('slug', isSlug)
Format.Set('id', isUuid)
Format.Set('http-url', (text) => isHttpUrl(text))

const isHttpUrl = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.username === '' && url.password === ''
}

/** A name in addresses and files: lower-case letters, digits and hyphens, 63 at most. */
export const Slug = (options: object = {}) => Type.String({ format: 'slug', ...options })
export const Duration = (options: object = {}) => Type.String({ format: 'duration', examples: ['12h'], ...options })
export const HttpUrl = (options: object = {}) => Type.String({ format: 'http-url', maxLength: 2048, ...options })
/** A CEL expression; checked for syntax where the resource is compiled, with the variables it may read. */
export const Expression = (options: object = {}) => Type.String({ 'x-format': 'cel', maxLength: 4096, ...options })
/** Text without control characters: a NUL is an error in PostgreSQL and a line break a forged log line elsewhere. */
export const Line = (options: object = {}) =>
  Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]*$', maxLength: 255, ...options })
/** A reference to a resource or group by slug: collected when saved, for "used by" and delete protection. */
export const Ref = (type: string, options: object = {}) => Type.String({ format: 'slug', 'x-ref': type, ...options })

/** A closed object: an unknown key is an error that names the nearest right one. */
export const Closed = <T extends Record<string, TSchema>>(properties: T, options: object = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** A map whose keys are slugs. */
export const SlugMap = <T extends TSchema>(value: T, options: object = {}) =>
  Type.Record(Type.String({ pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' }), value, {
    additionalProperties: false,
    ...options,
  })

// A schema is compiled once it is asked for often. Compiling costs as much as some hundred checks, and what is checked
// a few times only (each flow, each setting, as the house opens) would make a start a fifth longer.
const WORTH_COMPILING = 64

type Use = { times: number; compiled?: Validator }
const uses = new WeakMap<TSchema, Use>()

const fits = (schema: TSchema, value: unknown): boolean => {
  const use = uses.get(schema) ?? { times: 0 }
  uses.set(schema, use)
  use.times += 1
  if (use.times <= WORTH_COMPILING) return Check(schema, value)
  use.compiled ??= Compile(schema)
  return use.compiled.Check(value)
}

/** Checks a value from outside against a schema and fills its defaults in; every issue is told, not only the first. */
export const parse = <T extends TSchema>(schema: T, input: unknown): Result<Static<T>, Issue[]> => {
  const poison = findPoison(input, '', 0)
  if (poison) return err([poison])
  const value = withDefaults(schema, structuredClone(input))
  if (fits(schema, value)) return ok(value as Static<T>)
  return err(issuesOf(schema, Errors(schema, value)[1]))
}

type Node = {
  default?: unknown
  properties?: Record<string, Node>
  patternProperties?: Record<string, Node>
  items?: Node
}

/**
 * Fills in the defaults of objects, maps and lists. Members of unions get none: which of them is meant is not known
 * before the check. (TypeBox's own `Value.Default` passes over the members of maps.)
 */
const withDefaults = (schema: Node, given: unknown): unknown => {
  const value = given === undefined && schema.default !== undefined ? structuredClone(schema.default) : given
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return schema.items ? value.map((item) => withDefaults(schema.items as Node, item)) : value
  const object = value as Record<string, unknown>
  for (const [key, member] of Object.entries(schema.properties ?? {})) {
    const filled = withDefaults(member, object[key])
    if (filled !== undefined) object[key] = filled
  }
  const inMap = Object.values(schema.patternProperties ?? {})[0]
  if (inMap) for (const key of Object.keys(object)) object[key] = withDefaults(inMap, object[key])
  return object
}

// Deeper than any document of ours; bounds the walk on hostile input (M09).
const DEEPEST = 64

const findPoison = (value: unknown, path: string, depth: number): Issue | null => {
  if (value === null || typeof value !== 'object') return null
  if (depth > DEEPEST) return { path, message: `nested deeper than ${DEEPEST} levels` }
  for (const key of Object.keys(value)) {
    const at = joinPath(path, key, Array.isArray(value))
    if (isPoisonousKey(key)) return { path: at, message: `the key "${key}" is not allowed` }
    const found = findPoison((value as Record<string, unknown>)[key], at, depth + 1)
    if (found) return found
  }
  return null
}

type SchemaError = { keyword: string; instancePath: string; schemaPath: string; params: object; message: string }

const issuesOf = (schema: TSchema, errors: readonly SchemaError[]): Issue[] => {
  const issues = new Map<string, Issue>()
  for (const error of errors) {
    for (const issue of issueOf(schema, error)) if (!issues.has(issue.path)) issues.set(issue.path, issue)
  }
  return [...issues.values()]
}

const issueOf = (schema: TSchema, error: SchemaError): Issue[] => {
  const path = pathOf(error.instancePath)
  const params = error.params as Record<string, unknown>
  if (error.keyword === 'boolean') return []
  if (error.keyword === 'additionalProperties') {
    const known = Object.keys(propertiesAt(schema, error.instancePath))
    return (params.additionalProperties as string[]).map((key) => ({
      path: joinPath(path, key, false),
      message: `unknown key${nearest(key, known)}`,
    }))
  }
  if (error.keyword === 'required') {
    return (params.requiredProperties as string[]).map((key) => ({
      path: joinPath(path, key, false),
      message: 'is required',
    }))
  }
  if (error.keyword === 'format') return [{ path, message: formatHints[String(params.format)] ?? error.message }]
  if (error.keyword === 'enum')
    return [{ path, message: `must be one of ${(params.allowedValues as string[]).join(', ')}` }]
  return [{ path, message: error.message }]
}

const formatHints: Record<string, string> = {
  duration: 'must be a duration such as 12h or 30d',
  slug: 'must be lower-case letters, digits and hyphens',
  'http-url': 'must be an http or https address without user name',
  id: 'must be a UUID',
}

/** `; did you mean "client_id"?` where a known name is near enough to be a slip of the hand, else nothing. */
export const nearest = (name: string, known: readonly string[]): string => {
  let best: string | undefined
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const steps = distance(name, candidate)
    if (steps < least) [best, least] = [candidate, steps]
  }
  return best === undefined ? '' : `; did you mean "${best}"?`
}

const propertiesAt = (schema: TSchema, pointer: string): Record<string, TSchema> => {
  let at = schema as Record<string, unknown>
  for (const step of pointer.split('/').slice(1)) {
    const properties = at.properties as Record<string, TSchema> | undefined
    const patterns = at.patternProperties as Record<string, TSchema> | undefined
    at = (properties?.[step] ??
      Object.values(patterns ?? {})[0] ??
      at.items ??
      at.additionalProperties ??
      {}) as typeof at
  }
  return (at.properties ?? {}) as Record<string, TSchema>
}

const pathOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((path, step) => joinPath(path, step, /^\d+$/.test(step)), '')

const joinPath = (path: string, step: string, index: boolean): string =>
  index ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`
