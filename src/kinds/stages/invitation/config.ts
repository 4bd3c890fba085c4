/** What an invitation stage can be set to. */
import { Closed, type Static, Type } from '../../../base/schema.ts'

export const InvitationConfig = Closed({
  required: Type.Boolean({
    default: true,
    description: 'Without a valid invitation nobody goes on. Switched off, a further end is `none`.',
  }),
})
export type InvitationConfig = Static<typeof InvitationConfig>
