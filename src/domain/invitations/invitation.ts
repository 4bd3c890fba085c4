/** An invitation: who may make an account by a link, how often, until when, and what is settled for them already. */
import type { GroupId, InvitationId, UserId } from '../../base/ids.ts'

export type InvitationData = {
  /** Whom it is for: no other address can be given. */
  readonly email?: string
  /** The link was mailed there by this house, so whoever has it reads that mailbox. */
  readonly mailed?: boolean
  readonly username?: string
  readonly name?: string
  readonly groups: readonly GroupId[]
}

export type Invitation = {
  readonly id: InvitationId
  /** The flow that it opens, and no other (G08). */
  readonly flow: string
  readonly data: InvitationData
  readonly uses: number
  readonly used: number
  /** Null: made on the server itself. Whoever may not sign in any more invites nobody. */
  readonly inviter: UserId | null
  readonly organisation: string
  readonly createdAt: number
  readonly expiresAt: number
}

/** Whether it counts by itself; whether its inviter still does is asked beside. */
export const isOpen = ({ uses, used, expiresAt }: Invitation, now: number): boolean => used < uses && now < expiresAt
