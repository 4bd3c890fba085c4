/**
 * A flow as it is written: a graph whose nodes are stages with their settings, and whose edges leave a stage by one of
 * its outcomes (DESIGN §6). Edges of an outcome are tried in order; the last has no condition, so none is ever stuck.
 */
import type { JsonObject } from '../base/json.ts'
import { Closed, Expression, Line, Ref, Slug, SlugMap, type TSchema, Type } from '../base/schema.ts'
import { FLOW_PURPOSES, type FlowPurpose, type StageKind } from '../kinds/contract/stage.ts'

export type FlowEdge = { readonly to: string; readonly when?: string; readonly policy?: string }

export type FlowNode = {
  readonly stage: string
  /** Version of the settings; 1 where it is left out. */
  readonly version?: number
  readonly settings: JsonObject
  readonly next: Readonly<Record<string, readonly FlowEdge[]>>
}

export type FlowSpec = {
  readonly name: string
  readonly title?: string
  readonly purpose: FlowPurpose
  /** Opens only where settings, a brand or an application name it. */
  readonly only_named?: boolean
  readonly start: string
  readonly nodes: Readonly<Record<string, FlowNode>>
}

/** Where the attempt ends and leads on. No node may have this name. */
export const END = 'end'

// Bounds of a document: a person draws some ten nodes, an import some fifty.
const MOST_NODES = 200
const MOST_EDGES = 20

const Edge = Closed({
  to: Slug({ description: 'The node that follows, or `end`.' }),
  when: Type.Optional(
    Expression({
      description:
        'A CEL condition over facts, user, session, request and application. The last edge of an outcome has none.',
    }),
  ),
  policy: Type.Optional(
    Ref('policies', { description: 'A policy that must hold beside the condition, or instead of one.' }),
  ),
})

/** The schema of flows over these kinds of stage: each node is checked by the schema of its kind. */
export const flowSchema = (kinds: readonly StageKind[]): TSchema =>
  Closed({
    name: Line({ minLength: 1, description: 'For administrators.' }),
    title: Type.Optional(Line({ description: 'For the person, where a page has no title of its own.' })),
    purpose: Type.Enum([...FLOW_PURPOSES], { description: 'What the flow is for; it serves nothing else.' }),
    only_named: Type.Optional(
      Type.Boolean({
        description:
          'Opens only where the settings, a brand or an application name it under `flows`: naming it switches it on.',
      }),
    ),
    start: Slug({ description: 'The first node.' }),
    nodes: SlugMap(Type.Union(kinds.map(nodeSchema), { 'x-discriminator': 'stage' }), {
      minProperties: 1,
      maxProperties: MOST_NODES,
      description: 'The stages by name. The name is the kind of stage unless `stage` says otherwise.',
    }),
  })

const nodeSchema = (kind: StageKind): TSchema =>
  Closed(
    {
      stage: Type.Literal(kind.id, { default: kind.id, description: 'The kind of stage; left out, the name says it.' }),
      version: Type.Integer({
        minimum: 1,
        default: 1,
        description: 'Version of the settings; older ones are upgraded.',
      }),
      settings: { ...kind.config, default: {} },
      next: Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]{0,31}$' }),
        Type.Array(Edge, { minItems: 1, maxItems: MOST_EDGES }),
        { additionalProperties: false, default: {}, description: 'For each outcome of the stage, its edges in order.' },
      ),
    },
    { title: kind.id },
  )
