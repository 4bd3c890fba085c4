/** Schemas and values that many answers share: lists, instants, differences. */
import type { Json, JsonObject } from '../../base/json.ts'
import { Closed, type TSchema, Type } from '../../base/schema.ts'
import type { Page } from '../../store/store.ts'
import type { Answer } from './route.ts'

export const Instant = (description: string) => Type.String({ format: 'date-time', description })
export const MaybeInstant = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

/** Instants are told in UTC (RFC 3339). */
export const instant = (at: number): string => new Date(at).toISOString()
export const maybeInstant = (at: number | null): string | null => (at === null ? null : instant(at))

/** Whether a text of the form `date-time` is a date of the calendar; epoch milliseconds, or null. */
export const readInstant = (text: string): number | null => {
  const at = Date.parse(text)
  return Number.isNaN(at) ? null : at
}

export const ListOf = (item: TSchema) =>
  Closed({
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()], { description: '`cursor` of the page that follows, or null.' }),
  })

/** An answer of one page. */
export const pageAnswer = <T>(page: Page<T>, view: (item: T) => Json): Answer => ({
  body: { items: page.items.map(view), next: page.next },
})
/** An answer of all there is. */
export const wholeAnswer = (items: readonly Json[]): Answer => ({ body: { items, next: null } })

export const Difference = Closed(
  {
    outcome: Type.Enum(['created', 'updated', 'deleted', 'unchanged']),
    changes: Type.Array(
      Closed({
        path: Type.String(),
        before: Type.Optional(Type.Unknown()),
        after: Type.Optional(Type.Unknown()),
      }),
    ),
  },
  { title: 'Difference', description: 'What a dry run would do.' },
)

/** Somebody who did something, as events and revisions tell. */
export const ActorShape = Type.Object(
  {
    kind: Type.Enum(['user', 'token', 'client', 'system', 'anonymous']),
    id: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    user: Type.Optional(Type.String()),
  },
  { additionalProperties: true },
)

/** A read-only part of a value: given back with a change, it is passed over. */
export const Meta = (properties: Record<string, TSchema>) =>
  Type.Object(properties, {
    additionalProperties: false,
    readOnly: true,
    description: 'Read-only; passed over in a change.',
  })

/** What a body gives, without the `meta` that an answer has beside it. */
export const withoutMeta = (body: unknown): JsonObject => {
  // An object, by the schema of every route that asks.
  const { meta: _, ...values } = body as JsonObject
  return values
}
