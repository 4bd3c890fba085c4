/** What an identification stage can be set to. Names are authentik's, so that its flows move in unchanged. */
import { Closed, Ref, type Static, Type } from '../../../base/schema.ts'

export const IdentificationConfig = Closed({
  user_fields: Type.Array(Type.Enum(['username', 'email']), {
    default: ['username', 'email'],
    minItems: 1,
    uniqueItems: true,
    description: 'What people may name themselves by.',
  }),
  enable_remember_me: Type.Boolean({
    default: true,
    description: 'Offer to keep the name in this browser. It is never sent anywhere else.',
  }),
  enrollment_flow: Type.Optional(Ref('flows', { description: 'Where somebody without an account can make one.' })),
  recovery_flow: Type.Optional(Ref('flows', { description: 'Where somebody who cannot sign in is helped.' })),
})
export type IdentificationConfig = Static<typeof IdentificationConfig>
