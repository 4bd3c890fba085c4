/**
 * What an administrator is told of somebody who was turned away, by the code that they read out (DESIGN §12): the
 * decision as it was made then, kept with its event.
 */
import type { Json, JsonObject } from '../base/json.ts'
import type { Decision, Outcome, Reason } from '../domain/decisions/decision.ts'
import type { StoredEvent } from '../events/event.ts'
import type { EventStore, Tx } from '../store/store.ts'

export type Denial = {
  readonly code: string
  readonly at: number
  /** Slug of the application. */
  readonly application: string
  readonly person: { readonly id: string; readonly username: string } | null
  readonly ip: string | null
  readonly decision: Pick<Decision, 'outcome' | 'reasons'>
}

// A long decision would be cut as a whole when it is kept; then what was seen goes, and what was said stays.
const LONGEST_KEPT = 12_000

/** The reasons as they are kept with the event. */
export const keptReasons = (reasons: readonly Reason[]): JsonObject[] => {
  const whole = reasons.map(({ rule, holds, says, saw, cure }) => ({
    rule,
    holds,
    says,
    ...(saw === undefined ? {} : { saw }),
    ...(cure === undefined ? {} : { cure }),
  }))
  return JSON.stringify(whole).length <= LONGEST_KEPT ? whole : whole.map(({ saw: _, ...kept }) => kept)
}

/** The newest denial of that code: letters come again after a million. */
export const findDenial = async (
  events: Pick<EventStore, 'list'>,
  tx: Tx,
  { code, organisation }: { readonly code: string; readonly organisation: string },
): Promise<Denial | null> => {
  const { items } = await events.list(tx, { types: ['application.denied'], search: code, organisation, limit: 50 })
  const found = items.find(({ detail }) => detail?.code === code)
  return found ? denialOf(found, code) : null
}

const denialOf = ({ at, actor, target = '', client, detail = {} }: StoredEvent, code: string): Denial => ({
  code,
  at,
  application: target.replace(/^applications\//, ''),
  person: actor.kind === 'user' ? { id: actor.id, username: actor.name } : null,
  ip: client?.ip ?? null,
  decision: {
    outcome: OUTCOMES.find((one) => one === detail.outcome) ?? 'deny',
    reasons: Array.isArray(detail.reasons) ? detail.reasons.flatMap(reasonOf) : [],
  },
})

const OUTCOMES: readonly Outcome[] = ['allow', 'deny', 'step_up', 'sign_in']

/** As an older version wrote it, too: without what it saw. */
const reasonOf = (value: Json): Reason[] => {
  if (!isMap(value)) return []
  const { rule, holds, says, saw, cure } = value
  if (typeof rule !== 'string' || typeof holds !== 'boolean' || typeof says !== 'string') return []
  return [
    { rule, holds, says, ...(isMap(saw) ? { saw: defined(saw) } : {}), ...(typeof cure === 'string' ? { cure } : {}) },
  ]
}

const isMap = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

const defined = (object: JsonObject): Record<string, Json> =>
  Object.fromEntries(Object.entries(object).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
