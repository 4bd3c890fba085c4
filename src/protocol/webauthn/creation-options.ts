/** What a browser is asked for when a passkey is made (Level 3 §5.4), in the JSON form of §5.1.9. */
import type { JsonObject } from '../../base/json.ts'
import { descriptor, type Known } from './descriptor.ts'
import type { RelyingParty } from './relying-party.ts'
import { TIMEOUT, type UserVerification } from './request-options.ts'

/** EdDSA, ES256, RS256 (RFC 9053 §2.2, RFC 8812 §2): the best first. ES256 and RS256 are all that some devices have. */
export const ALGORITHMS = [-8, -7, -257] as const

export const creationOptions = (asked: {
  readonly relyingParty: RelyingParty
  readonly user: { readonly handle: string; readonly name: string; readonly displayName: string }
  readonly challenge: string
  readonly userVerification: UserVerification
  readonly residentKey: 'required' | 'preferred' | 'discouraged'
  readonly attachment: 'platform' | 'cross-platform' | null
  /** The person's own: one authenticator makes no second one. */
  readonly exclude: readonly Known[]
}): JsonObject => ({
  rp: { id: asked.relyingParty.id, name: asked.relyingParty.name },
  user: { id: asked.user.handle, name: asked.user.name, displayName: asked.user.displayName },
  challenge: asked.challenge,
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
  timeout: TIMEOUT,
  excludeCredentials: asked.exclude.map(descriptor),
  authenticatorSelection: {
    residentKey: asked.residentKey,
    // For browsers of Level 1, which know nothing else.
    requireResidentKey: asked.residentKey === 'required',
    userVerification: asked.userVerification,
    ...(asked.attachment === null ? {} : { authenticatorAttachment: asked.attachment }),
  },
  attestation: 'none',
  extensions: { credProps: true },
})
