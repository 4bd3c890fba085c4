/** What ID token and access token say alike: by whom, about whom, for whom, until when, and how the person signed in. */
import { SECOND } from '../../../base/clock.ts'
import type { JsonObject } from '../../../base/json.ts'

/** authentik's constant, which its clients may have been told to ask for. */
export const ACR = 'goauthentik.io/providers/oauth2/default'

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
  acr: signIn ? ACR : undefined,
  amr: signIn && signIn.amr.length > 0 ? signIn.amr : undefined,
  sid: signIn?.sid ?? undefined,
})
