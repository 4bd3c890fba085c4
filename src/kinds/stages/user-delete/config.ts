/** Nothing to set: what is taken away is everything. */
import { Closed, type Static } from '../../../base/schema.ts'

export const UserDeleteConfig = Closed({})
export type UserDeleteConfig = Static<typeof UserDeleteConfig>
