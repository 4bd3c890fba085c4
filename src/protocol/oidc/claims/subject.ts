/**
 * The `sub` of a person (OpenID Connect Core §8), in the ways that authentik's clients know. What cannot be told
 * (no verified address, no `upn`) falls back to the hashed id: an empty `sub` would be one account for many people.
 */
import { sha256 } from '../../../base/bytes.ts'

export const SUB_MODES = ['hashed_user_id', 'user_id', 'user_uuid', 'user_username', 'user_email', 'user_upn'] as const
export type SubMode = (typeof SUB_MODES)[number]

export type SubjectOf = {
  readonly number: number
  readonly uuid: string
  readonly username: string
  /** Only an address shown to be theirs: anyone can write down another's. */
  readonly verifiedEmail: string | null
  readonly upn: string | null
}

export const subject = (mode: SubMode, of: SubjectOf, installId: string): string => {
  // authentik's formula; changing a character of it changes every person at every application that moves in.
  const hashed = () => sha256(`${of.number}-${installId}`).toString('hex')
  switch (mode) {
    case 'hashed_user_id':
      return hashed()
    case 'user_id':
      return String(of.number)
    case 'user_uuid':
      return of.uuid
    case 'user_username':
      return of.username
    case 'user_email':
      return of.verifiedEmail || hashed()
    case 'user_upn':
      return of.upn || hashed()
  }
}
