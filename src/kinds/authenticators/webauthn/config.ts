/** What a new passkey is asked to be, what is kept of it, and how it is asked for. Names are authentik's where it has them. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

const Verification = (told: { readonly default: string; readonly description: string }) =>
  Type.Enum(['required', 'preferred', 'discouraged'], { ...told })

export const WebauthnConfig = Closed({
  user_verification: Verification({
    default: 'preferred',
    description:
      'Whether the device has to check who uses it, by PIN, finger or face. Without, it is a second factor only.',
  }),
  resident_key_requirement: Verification({
    default: 'preferred',
    description: 'Whether it has to be found without a user name.',
  }),
  authenticator_attachment: Type.Optional(
    Type.Enum(['platform', 'cross-platform'], {
      description: 'Only what is built in, or only what is plugged in or held near. Left out, either.',
    }),
  ),
})
export type WebauthnConfig = Static<typeof WebauthnConfig>

export const WebauthnAsking = Closed({
  user_verification: Verification({
    default: 'preferred',
    description:
      'Whether the device has to check who uses it. Where it stands for the whole sign-in, it always has to.',
  }),
  sign_count: Type.Enum(['refuse', 'record'], {
    default: 'refuse',
    description:
      'What becomes of a key whose counter did not go up, so that it may be a copy: an event it is in any case.',
  }),
})
export type WebauthnAsking = Static<typeof WebauthnAsking>

const Maybe = () => Type.Union([Type.Boolean(), Type.Null()])

export const WebauthnData = Closed({
  credential_id: Type.String(),
  /** A COSE key, base64url. */
  public_key: Type.String(),
  /** Whom it was made for; it answers nobody else for ever. */
  rp_id: Type.String(),
  /** What the authenticator calls the person by; says nothing about them. */
  user_handle: Type.String(),
  sign_count: Type.Integer({ minimum: 0 }),
  aaguid: Type.String(),
  transports: Type.Array(Type.String(), { maxItems: 16 }),
  /** Null where it is not known, as of one that moved in. */
  backup_eligible: Maybe(),
  backed_up: Maybe(),
  user_verified: Maybe(),
  discoverable: Maybe(),
  /** Hash of the challenge that was answered last: an answer changes what is kept, also of a key that does not count. */
  last_challenge: Type.String(),
})
export type WebauthnData = Static<typeof WebauthnData>
