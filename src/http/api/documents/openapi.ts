/** OpenAPI 3.1 of the API, made from the very declarations that answer: schemas are put in as they are. */
import type { Json, JsonObject } from '../../../base/json.ts'
import { Closed, type TSchema, Type } from '../../../base/schema.ts'
import { CSRF_HEADER } from '../csrf.ts'
import { PROBLEMS } from '../problem.ts'
import type { ApiRoute } from '../route.ts'
import { Difference } from '../shapes.ts'

export type ApiDocument = {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>>; readonly securitySchemes: JsonObject }
}

export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: JsonObject
}

export type Operation = {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { schema: JsonObject }>>
  }
  readonly responses: JsonObject
  readonly security: readonly JsonObject[]
  /** The permission that the route declares; `self` for one's own, `public` for anybody. */
  readonly 'x-permission': string
}

const Problem = Closed(
  {
    type: Type.String({ format: 'uri' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Enum(Object.keys(PROBLEMS), { description: 'Stable; what a program should look at.' }),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(Closed({ path: Type.String(), message: Type.String() }))),
    request: Type.String({ description: 'The id of the request, in the log and in events.' }),
  },
  { title: 'Problem', description: 'RFC 9457.' },
)

export const openApi = (
  routes: readonly ApiRoute[],
  about: { readonly version: string; readonly webPath: string },
): ApiDocument => {
  const schemas: Record<string, JsonObject> = {}
  const refer = referInto(schemas)
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, refer) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse', version: about.version, description: DESCRIPTION },
    servers: [{ url: `${about.webPath}api/v1` }],
    tags: [...new Set(routes.map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: { schemas, securitySchemes: SECURITY },
  }
}

const DESCRIPTION = `Administration of a Gatehouse instance. Values are those of the configuration file. Send JSON. A change by a browser's session needs the header ${CSRF_HEADER}. Lists give \`next\`, the \`cursor\` of the page that follows. \`ETag\` with \`If-Match\` guards against lost edits; \`?dry_run=true\` tells what would change.`

const SECURITY: JsonObject = {
  token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-gatehouse_session',
    description: `The browser's session; a change also needs the header ${CSRF_HEADER}.`,
  },
}

type Refer = (schema: TSchema) => JsonObject

/** Schemas with a title become components under it, so that a generated client names them alike everywhere. */
const referInto = (schemas: Record<string, JsonObject>): Refer => {
  const refer: Refer = (schema) => {
    const plain = plainSchema(schema)
    const { title } = plain
    if (typeof title !== 'string') return withItems(schema, plain, refer)
    const known = schemas[title]
    if (known && JSON.stringify(known) !== JSON.stringify(plain)) throw new Error(`two schemas are called ${title}`)
    schemas[title] = plain
    return { $ref: `#/components/schemas/${title}` }
  }
  return refer
}

/** A TypeBox schema is JSON Schema beside marks of its own, which JSON leaves out. */
const plainSchema = (schema: TSchema): PlainSchema => JSON.parse(JSON.stringify(schema)) as PlainSchema

/** The part of JSON Schema that is read here. */
type PlainSchema = JsonObject & { readonly properties?: Readonly<Record<string, JsonObject>> }

/** A list of components refers to each. */
const withItems = (schema: TSchema, plain: PlainSchema, refer: Refer): JsonObject => {
  const members = (schema as { properties?: { items?: { items?: TSchema } } }).properties
  const item = members?.items?.items
  if (!item) return plain
  return { ...plain, properties: { ...plain.properties, items: { type: 'array', items: refer(item) } } }
}

const operationOf = (route: ApiRoute, refer: Refer): Operation => {
  const body = route.shownBody ?? route.body
  const type = route.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(body
      ? { requestBody: { required: route.method !== 'POST', content: { [type]: { schema: refer(body) } } } }
      : {}),
    responses: responsesOf(route, refer),
    security: route.permission === 'public' ? [] : [{ token: [] }, { session: [] }],
    'x-permission': route.permission,
  }
}

const pathParameters = ({ path }: ApiRoute): Parameter[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))

const queryParameters = ({ query }: ApiRoute): Parameter[] => {
  const members = query ? (plainSchema(query).properties ?? {}) : {}
  return Object.entries(members).map(([name, { description, ...schema }]) => {
    return {
      name,
      in: 'query',
      required: false,
      ...(typeof description === 'string' ? { description } : {}),
      schema,
    }
  })
}

const headerParameters = (route: ApiRoute): Parameter[] => {
  if (!hasTag(route)) return []
  const schema = { type: 'string' }
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema,
  })
  const match = header('If-Match', 'The entity tag that it was read with.')
  if (route.method === 'PUT') return [match, header('If-None-Match', '`*`: only where nothing stands yet.')]
  return route.method === 'GET' ? [] : [match]
}

/** Changes that can be tried are those of whole things, which have an entity tag. */
const hasTag = ({ query }: ApiRoute): boolean =>
  query !== undefined && 'dry_run' in ((query as { properties?: object }).properties ?? {})

const responsesOf = (route: ApiRoute, refer: Refer): JsonObject => {
  const status = String(route.status ?? 200)
  const tried = hasTag(route)
  const content = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } })
  const responses: Record<string, Json> = {}
  if (route.response) {
    const shown = refer(route.response)
    responses[status] = {
      description: route.summary,
      content: content(tried ? { oneOf: [shown, refer(Difference)] } : shown),
    }
    if (route.method === 'PUT' && tried) responses['201'] = { description: 'It was made.', content: content(shown) }
  } else {
    responses[status] = { description: 'Done.' }
    if (tried) responses['200'] = { description: 'What a dry run would do.', content: content(refer(Difference)) }
  }
  responses.default = {
    description: 'A problem (RFC 9457).',
    content: { 'application/problem+json': { schema: refer(Problem) } },
  }
  return responses
}
