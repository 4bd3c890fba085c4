/** Nothing to set: what was shown to be theirs becomes their address. */
import { Closed, type Static } from '../../../base/schema.ts'

export const UserEmailConfig = Closed({})
export type UserEmailConfig = Static<typeof UserEmailConfig>
