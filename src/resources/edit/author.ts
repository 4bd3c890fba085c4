/** Who makes an edit, through which door, and why. */
import type { JsonObject } from '../../base/json.ts'
import type { Actor, EventDraft } from '../../events/event.ts'
import type { SecretSources } from '../secrets/settle-secrets.ts'

export type Author = {
  readonly actor: Actor
  readonly why?: string
  readonly client?: NonNullable<EventDraft['client']>
  /** Given where a configuration file on the server is the source: then what it manages may be edited (I12). */
  readonly file?: SecretSources
}

/** Kept with the revision. */
export const actorJson = (actor: Actor): JsonObject => ({ ...actor })
