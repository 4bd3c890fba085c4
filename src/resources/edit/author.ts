/** Who makes an edit, through which door, and why. */
import type { JsonObject } from '../../base/json.ts'
import type { Actor, EventDraft } from '../../events/event.ts'
import type { SecretSources } from '../secrets/settle-secrets.ts'

/** The network, browser and address of ours that a change is made from. */
export type MadeFrom = { readonly ip: string; readonly userAgent: string; readonly origin: string }

export type Author = {
  readonly actor: Actor
  readonly why?: string
  readonly client?: NonNullable<EventDraft['client']>
  /** What its event tells besides. */
  readonly told?: JsonObject
  /** Absent where it is made on the server itself. */
  readonly from?: MadeFrom
  /** Given where a configuration file on the server is the source: then what it manages may be edited (I12). */
  readonly file?: SecretSources
}

/** Kept with the revision. */
export const actorJson = (actor: Actor): JsonObject => ({ ...actor })
