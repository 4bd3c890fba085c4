/** Typed keys of a flow's context. Values are JSON; the names of one kind's own facts begin with its id. */
import type { InvitationId, UserId } from '../../base/ids.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Proof } from '../../domain/sessions/session.ts'

declare const type: unique symbol
export type Fact<T> = { readonly name: string; readonly [type]?: T }

export const fact = <T>(name: string): Fact<T> => ({ name })

/** Facts as a stage reads them. */
export type Facts = { get<T>(key: Fact<T>): T | undefined; readonly all: JsonObject }

export type FactWrite = { readonly name: string; readonly value: Json }
export const know = <T extends Json>(key: Fact<T>, value: T): FactWrite => ({ name: key.name, value })

/** Who the attempt is about: named, not yet proven. Absent until somebody is named; `nobody` for an unknown name. */
export const pendingUser = fact<UserId>('user.pending')
/**
 * `user.pending` of a name that is nobody's. Written like any other, and as long as any other: that it is missing, or
 * the size of the sealed attempt, would tell who has an account (G01); and an earlier person's would stay standing.
 */
export const nobody = '00000000-0000-0000-0000-000000000000' as UserId
/** The name that was typed, to show again; tells nothing about whether it exists. */
export const typedName = fact<string>('user.typed')
/** What was proven in this attempt. Written by stages that check a proof, and only by them. */
export const proofs = fact<readonly Proof[]>('proofs')
/** Whether the password that was proven here must be replaced before it signs anybody in. */
export const passwordDue = fact<boolean>('password.change_due')
/** What the browser said it can do: `passkeys`, `built-in`. Without script it says nothing. Good for offers alone. */
export const browserCan = fact<readonly string[]>('browser.can')
/** "Stay signed in". */
export const persistent = fact<boolean>('session.persistent')
/** What a prompt collected: field to value. */
export const answers = fact<JsonObject>('prompt.answers')
/** The hash of a password that a prompt asked for. Only a hash is ever a fact: facts are kept, and travel in pages. */
export const newPasswordHash = fact<string>('prompt.password_hash')
/** An address that was shown to be of whoever is here, by a mailed link or code. */
export const verifiedAddress = fact<string>('user.verified_address')
/** The invitation whose link was shown at the front door, which looked whether it counts. Written there alone. */
export const shownInvitation = fact<InvitationId>('invitation.shown')
/** The invitation that lets the person of this attempt in: a use is counted where their account is made. */
export const invitedBy = fact<InvitationId>('invitation.of')
/** Whom this very attempt made. Written by the executor alone. */
export const madeHere = fact<UserId>('attempt.created')
/** The path of ours that the attempt leads to. Written by the executor alone. */
export const leadsTo = fact<string>('attempt.next')
/** The one-time link that was shown at the front door of the first-run flow: its keyed hash, never the link. */
export const setupLink = fact<string>('setup.link')
