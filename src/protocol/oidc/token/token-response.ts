/** The answer to a granted token request (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
import { SECOND } from '../../../base/clock.ts'
import type { JsonObject } from '../../../base/json.ts'

export type Issued = {
  readonly accessToken: string
  readonly validFor: number
  readonly scopes: readonly string[]
  readonly refreshToken: string | null
  readonly idToken: string | null
}

export const tokenResponse = (issued: Issued): JsonObject => ({
  access_token: issued.accessToken,
  token_type: 'Bearer',
  expires_in: Math.floor(issued.validFor / SECOND),
  scope: issued.scopes.join(' '),
  refresh_token: issued.refreshToken ?? undefined,
  id_token: issued.idToken ?? undefined,
})
