/**
 * Makes an event fit to be kept, whatever a stranger put into it: bounded in length, depth and number, without
 * characters that a log, a terminal or a database takes amiss, and without what looks like a secret. Nothing sent from
 * outside may keep an event from being written (I18), forge a line of the log (M06) or leave a secret in it (M07).
 */
import { isPoisonousKey, type Json, type JsonObject } from '../base/json.ts'
import type { Actor, EventDraft, TidyEvent } from './event.ts'

const LONGEST_TEXT = 1000
const LONGEST_NAME = 255
const DEEPEST = 6
const MOST_MEMBERS = 50
const MOST_ELEMENTS = 100
/** Letters that the whole detail may have as JSON; reasons of a long decision need some thousand. */
const LARGEST_DETAIL = 16_384

/** The event as it is kept. Tidy twice is tidy once. */
export const tidyEvent = (event: EventDraft): TidyEvent => {
  const tidy: EventDraft = {
    ...event,
    actor: tidyActor(event.actor),
    ...(event.target === undefined ? {} : { target: tidyText(event.target, LONGEST_NAME) }),
    ...(event.detail === undefined ? {} : { detail: tidyDetail(event.detail) }),
    ...(event.client === undefined
      ? {}
      : { client: { ...event.client, userAgent: tidyText(event.client.userAgent, LONGEST_NAME) } }),
  }
  // The only place that gives the brand: what carries it was made fit right above.
  return tidy as TidyEvent
}

const tidyActor = (actor: Actor): Actor => {
  if (actor.kind === 'anonymous') return actor
  if (actor.kind === 'client') return { ...actor, id: tidyText(actor.id, LONGEST_NAME) }
  return { ...actor, name: tidyText(actor.name, LONGEST_NAME) }
}

const tidyDetail = (detail: JsonObject): JsonObject => {
  const tidy = tidyMembers(detail, 1)
  return JSON.stringify(tidy).length <= LARGEST_DETAIL ? tidy : { cut: true, members: Object.keys(tidy) }
}

const tidyMembers = (object: JsonObject, depth: number): JsonObject => {
  const members: Record<string, Json> = {}
  for (const [key, value] of Object.entries(object).slice(0, MOST_MEMBERS)) {
    const name = tidyText(key, LONGEST_NAME)
    if (value === undefined || isPoisonousKey(name)) continue
    members[name] = typeof value === 'string' && namesSecret(name) ? '[hidden]' : tidyValue(value, depth)
  }
  return members
}

const tidyValue = (value: Json, depth: number): Json => {
  if (typeof value === 'string') return tidyText(value, LONGEST_TEXT)
  if (value === null || typeof value !== 'object') return value
  if (depth >= DEEPEST) return '[deeper]'
  if (Array.isArray(value)) return value.slice(0, MOST_ELEMENTS).map((item: Json) => tidyValue(item, depth + 1))
  return tidyMembers(value as JsonObject, depth + 1)
}

// Names that say what they hold, alone or at the end (`new_password`, `clientSecret`). A code is not among them: a
// denial is found by its code, and authorization codes never come near an event.
const SECRET = /(?:password|passphrase|secret|token|cookie|authorization|privatekey|seed|otp|verifier|samlresponse)$/

const namesSecret = (key: string): boolean => SECRET.test(key.toLowerCase().replace(/[^a-z0-9]/g, ''))

// Control characters (line breaks and escapes among them), marks that turn the direction of what follows, and line
// separators: none is part of a name or sentence of ours.
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

const tidyText = (text: string, longest: number): string => {
  // Half a surrogate pair has no UTF-8; `toWellFormed` writes U+FFFD for it, also for a pair that the cut halved.
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text
  return cut.toWellFormed().replace(UNFIT, '\ufffd')
}
