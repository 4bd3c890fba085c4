/** What a browser is asked for when a passkey is used (Level 3 §5.5), in the JSON form of §5.1.10. */

import { MINUTE } from '../../base/clock.ts'
import type { JsonObject } from '../../base/json.ts'
import { descriptor, type Known } from './descriptor.ts'

export type UserVerification = 'required' | 'preferred' | 'discouraged'

/** For people who look for their key first (WCAG 2.2, 2.2.1); the attempt itself ends later. */
export const TIMEOUT = 5 * MINUTE

/** With `allow` left empty the browser offers whatever it holds for us: nothing is told about anybody (G01). */
export const requestOptions = (asked: {
  readonly rpId: string
  readonly challenge: string
  readonly userVerification: UserVerification
  readonly allow: readonly Known[]
}): JsonObject => ({
  challenge: asked.challenge,
  rpId: asked.rpId,
  timeout: TIMEOUT,
  userVerification: asked.userVerification,
  allowCredentials: asked.allow.map(descriptor),
})
