/** What asking for a second factor can be set to. Names are authentik's where it has them. */
import { Closed, Duration, type TSchema, Type } from '../../../base/schema.ts'

export type AuthenticatorValidateConfig = {
  readonly device_classes?: readonly string[]
  readonly last_auth_threshold: string
  readonly failed_attempts_before_cancel: number
}

export const validateConfig = (kinds: readonly { readonly id: string }[]): TSchema =>
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
  })
