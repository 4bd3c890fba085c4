/** What asking for a second factor can be set to. Names are authentik's where it has them. */
import { Closed, Duration, type TSchema, Type } from '../../../base/schema.ts'

export type AuthenticatorValidateConfig = {
  readonly device_classes?: readonly string[]
  readonly last_auth_threshold: string
  readonly failed_attempts_before_cancel: number
  readonly instead_of_password: boolean
  readonly remember_device: string
  readonly kinds: Readonly<Record<string, unknown>>
}

type Asking = { readonly id: string; readonly challenge: { readonly config?: TSchema } }

/** How each kind is asked for, of those that can be set. */
const askingOf = (kinds: readonly Asking[]): TSchema =>
  Closed(
    Object.fromEntries(
      kinds.flatMap(({ id, challenge }) => (challenge.config ? [[id, { ...challenge.config, default: {} }]] : [])),
    ),
    { default: {}, description: 'How each kind is asked for.' },
  )

export const validateConfig = (kinds: readonly Asking[]): TSchema =>
  Closed({
    device_classes: Type.Optional(
      Type.Array(Type.Enum(kinds.map((kind) => kind.id)), {
        minItems: 1,
        uniqueItems: true,
        description: 'Kinds of authenticators that count here; left out, every kind.',
      }),
    ),
    last_auth_threshold: Duration({
      default: '0s',
      description: 'A proof of this kind that is no older is enough, and nothing is asked.',
    }),
    failed_attempts_before_cancel: Type.Integer({
      default: 5,
      minimum: 1,
      maximum: 100,
      description: 'After so many wrong answers the stage ends as failed.',
    }),
    instead_of_password: Type.Boolean({
      default: false,
      description:
        'Takes the place of a password: only what shows two factors by itself counts. A further end is `password`.',
    }),
    remember_device: Duration({
      default: '0s',
      description:
        'Offers to stand by this browser for so long at a sign-in ("don’t ask here for 30 days"); 0s offers nothing, and takes nothing that was offered before.',
    }),
    kinds: askingOf(kinds),
  })
