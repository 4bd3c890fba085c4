/**
 * The border check of specs: `parse`, but a union whose branch can be told (the kind of a provider, the form of a
 * secret) is checked against that branch alone. Otherwise one slip in one provider reads as a page of "must match".
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { type Issue, nearest, parse, type TSchema } from '../../base/schema.ts'
import {
  type AnnotatedSchema,
  annotated,
  branchOf,
  discriminatorOf,
  isGuided,
  isObject,
  mapValue,
  ownMembers,
  under,
} from './annotated-schema.ts'

/** Checks `input` and fills its defaults in; tells every issue, in the order of their paths in the value. */
export const parseSpec = (schema: TSchema, input: unknown): Result<JsonObject, Issue[]> => {
  const parsed = parseNode(annotated(schema), input as Json)
  if (!parsed.ok) return parsed
  if (!isObject(parsed.value)) return err([{ path: '', message: 'must be a map' }])
  return ok(parsed.value)
}

/** As `parseSpec`, for values that are no map. */
export const parseNode = (schema: AnnotatedSchema, input: Json): Result<Json, Issue[]> => {
  const loose = loosen(schema)
  const parsed = parse(loose as TSchema, input)
  if (loose === schema) return parsed as Result<Json, Issue[]>
  const issues: Issue[] = parsed.ok ? [] : [...parsed.error]
  // Poisonous keys and depth are judged by `parse` before anything else; such a value is not walked.
  if (!parsed.ok && !parse({} as TSchema, input).ok) return err(issues)
  const value = mapValue(schema, parsed.ok ? (parsed.value as Json) : input, (spot) => {
    if (!isGuided(spot.schema)) return undefined
    const branch = branchOf(spot.schema, spot.value, spot.key)
    if (!branch) {
      issues.push(unknownBranch(spot.schema, spot.value, spot.path, spot.key))
      return spot.value
    }
    const inner = parseNode(branch, spot.value)
    if (inner.ok) return inner.value
    issues.push(...inner.error.map((issue) => ({ ...issue, path: under(spot.path, issue.path) })))
    return spot.value
  })
  return issues.length > 0 ? err(issues) : ok(value)
}

const unknownBranch = (union: AnnotatedSchema, value: Json, path: string, key: string): Issue => {
  const discriminator = union['x-discriminator']
  const branches = union.anyOf ?? []
  if (discriminator !== undefined) {
    if (!isObject(value)) return { path, message: 'must be a map' }
    const known = branches.flatMap((branch) => {
      const kind = branch.properties?.[discriminator]?.const
      return typeof kind === 'string' ? [kind] : []
    })
    const said = discriminatorOf(value, discriminator)
    if (said === undefined && key === '')
      return { path: under(path, discriminator), message: `must be one of ${known.join(', ')}` }
    const name = said ?? key
    return {
      path: said === undefined ? path : under(path, discriminator),
      message: `there is no ${discriminator} "${name}"${nearest(name, known)}`,
    }
  }
  if (union['x-by-shape']) {
    const shapes = branches.map((branch) =>
      branch.type === 'object' ? 'map' : branch.type === 'array' ? 'list' : branch.type,
    )
    return { path, message: `must be a ${shapes.join(' or a ')}` }
  }
  const forms = branches.flatMap((branch) => {
    const own = ownMembers(branches, branch)
    // How a secret is kept is ours to write, not to be suggested.
    return own.includes('secret') ? [] : [`{ ${own.join(', ')} }`]
  })
  return { path, message: `must be one of ${forms.join(', ')}` }
}

const loosened = new WeakMap<AnnotatedSchema, AnnotatedSchema>()

/** The schema with every guided union opened, for `parseNode` to check by branch; itself where there is none. */
const loosen = (schema: AnnotatedSchema): AnnotatedSchema => {
  const known = loosened.get(schema)
  if (known) return known
  const made = open(schema)
  loosened.set(schema, made)
  return made
}

const open = (schema: AnnotatedSchema): AnnotatedSchema => {
  if (isGuided(schema)) return schema.default === undefined ? {} : { default: schema.default }
  const properties = openAll(schema.properties)
  const patternProperties = openAll(schema.patternProperties)
  const items = schema.items && loosen(schema.items)
  if (properties === schema.properties && patternProperties === schema.patternProperties && items === schema.items) {
    return schema
  }
  return {
    ...schema,
    ...(properties ? { properties } : {}),
    ...(patternProperties ? { patternProperties } : {}),
    ...(items ? { items } : {}),
  }
}

type Members = Readonly<Record<string, AnnotatedSchema>>

const openAll = (members: Members | undefined): Members | undefined => {
  if (!members) return undefined
  const opened = Object.fromEntries(Object.entries(members).map(([name, member]) => [name, loosen(member)]))
  return Object.entries(opened).some(([name, member]) => member !== members[name]) ? opened : members
}
