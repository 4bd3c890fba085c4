/** An event before it is written: who did what to whom, from where, and why it was decided so. Never a secret. */
import type { JsonObject } from '../base/json.ts'
import type { EventType } from './catalog.ts'

export type Actor =
  | { readonly kind: 'user'; readonly id: string; readonly name: string }
  | { readonly kind: 'token'; readonly id: string; readonly name: string; readonly user: string }
  | { readonly kind: 'client'; readonly id: string }
  | { readonly kind: 'system'; readonly name: string }
  | { readonly kind: 'anonymous' }

export type EventDraft = {
  readonly type: EventType
  readonly actor: Actor
  /** What it was done to: `users/<id>`, `applications/nextcloud`, `sessions/<id>`. */
  readonly target?: string
  /** A short sentence's worth of context in plain values. */
  readonly detail?: JsonObject
  /** Where the request came from; absent for what the system does by itself. */
  readonly client?: { readonly ip: string; readonly userAgent: string; readonly request: string }
  readonly organisation?: string
}

declare const tidy: unique symbol
/**
 * An event fit to be kept. `tidyEvent` alone makes one and the store takes no other, so no writer can pass tidying by.
 */
export type TidyEvent = EventDraft & { readonly [tidy]: true }

export type StoredEvent = EventDraft & { readonly id: string; readonly at: number }
