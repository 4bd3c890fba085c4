/** What a user-write stage can be set to. Names are authentik's. */
import { Closed, Ref, type Static, Type } from '../../../base/schema.ts'

export const UserWriteConfig = Closed({
  user_creation_mode: Type.Enum(['never_create', 'create_when_required', 'always_create'], {
    default: 'create_when_required',
    description: 'Whether a new person is made: never, where nobody is known, or always.',
  }),
  user_type: Type.Enum(['internal', 'external'], { default: 'external', description: 'Of new people.' }),
  needs_approval: Type.Boolean({
    default: false,
    description: 'New people are switched off until somebody says yes (`gatehouse approvals`).',
  }),
  create_users_group: Type.Optional(Ref('groups', { description: 'New people are put into it.' })),
})
export type UserWriteConfig = Static<typeof UserWriteConfig>
