/** What an identification stage can be set to. Names are authentik's where it has them, so that its flows move in. */
import { Closed, Ref, type TSchema, Type } from '../../../base/schema.ts'

export type IdentificationConfig = {
  readonly user_fields: readonly ('username' | 'email')[]
  readonly enable_remember_me: boolean
  readonly enable_passkeys: boolean
  readonly kinds: Readonly<Record<string, unknown>>
  readonly enrollment_flow?: string
  readonly recovery_flow?: string
  readonly fallback_flow?: string
}

type Asking = {
  readonly id: string
  readonly discover?: unknown
  readonly challenge: { readonly config?: TSchema }
}

export const identificationConfig = (kinds: readonly Asking[]): TSchema =>
  Closed({
    user_fields: Type.Array(Type.Enum(['username', 'email']), {
      default: ['username', 'email'],
      uniqueItems: true,
      description: 'What people may name themselves by. With none, nothing but a passkey is asked for.',
    }),
    enable_remember_me: Type.Boolean({
      default: true,
      description: 'Offer to keep the name in this browser. It is never sent anywhere else.',
    }),
    enable_passkeys: Type.Boolean({
      default: false,
      description: 'Take a passkey in the place of a name and all that follows it. A further end is `proven`.',
    }),
    kinds: Closed(
      Object.fromEntries(
        kinds.flatMap(({ id, discover, challenge }) =>
          discover && challenge.config ? [[id, { ...challenge.config, default: {} }]] : [],
        ),
      ),
      { default: {}, description: 'How each kind that needs no name is asked for.' },
    ),
    enrollment_flow: Type.Optional(Ref('flows', { description: 'Where somebody without an account can make one.' })),
    recovery_flow: Type.Optional(Ref('flows', { description: 'Where somebody who cannot sign in is helped.' })),
    fallback_flow: Type.Optional(
      Ref('flows', { description: 'Where somebody without a passkey signs in, where nothing else is asked for here.' }),
    ),
  })
