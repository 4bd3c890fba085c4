/** What ID token and access token say alike: by whom, about whom, for whom, until when, and how the person signed in. */
import { SECOND } from '../../../base/clock.ts'
import type { JsonObject } from '../../../base/json.ts'

export type TokenSubject = {
  readonly issuer: string
  readonly subject: string
  readonly clientId: string
  readonly now: number
  readonly expiresAt: number
  /** Null where a client acts for itself. */
  readonly signIn: {
    readonly authTime: number
    readonly amr: readonly string[]
    readonly acr: string
    readonly sid: string | null
  } | null
}

export const seconds = (milliseconds: number): number => Math.floor(milliseconds / SECOND)

/** `undefined` members are left out when the token is made. */
export const commonClaims = ({ issuer, subject, clientId, now, expiresAt, signIn }: TokenSubject): JsonObject => ({
  iss: issuer,
  sub: subject,
  aud: clientId,
  exp: seconds(expiresAt),
  iat: seconds(now),
  auth_time: signIn ? seconds(signIn.authTime) : undefined,
  acr: signIn?.acr,
  amr: signIn && signIn.amr.length > 0 ? signIn.amr : undefined,
  sid: signIn?.sid ?? undefined,
})
