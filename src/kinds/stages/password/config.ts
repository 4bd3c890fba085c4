/** What a password stage can be set to. Names are authentik's where it has them. */
import { Closed, Ref, type Static, Type } from '../../../base/schema.ts'

export const PasswordConfig = Closed({
  failed_attempts_before_cancel: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 100,
    description: 'After so many wrong passwords the stage ends as failed.',
  }),
  ask_username: Type.Boolean({
    default: false,
    description: 'Ask for the name on the same page, in place of an identification stage before.',
  }),
  allow_show_password: Type.Boolean({ default: true, description: 'Offer to show what is typed.' }),
  offer_persistent: Type.Boolean({ default: true, description: 'Offer to stay signed in on this device.' }),
  recovery_flow: Type.Optional(Ref('flows', { description: 'Where somebody who forgot it is helped.' })),
})
export type PasswordConfig = Static<typeof PasswordConfig>
