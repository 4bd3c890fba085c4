/** What a sign-out stage can be set to. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

export const UserLogoutConfig = Closed({
  confirm: Type.Boolean({
    default: true,
    description: 'Ask before signing out. Without it, a link on any page signs people out.',
  }),
  offer_everywhere: Type.Boolean({ default: true, description: 'Offer to sign out on every device.' }),
})
export type UserLogoutConfig = Static<typeof UserLogoutConfig>
