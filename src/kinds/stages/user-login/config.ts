/** Nothing to set: how long sessions last stands in the settings of the instance. */
import { Closed, type Static } from '../../../base/schema.ts'

export const UserLoginConfig = Closed({})
export type UserLoginConfig = Static<typeof UserLoginConfig>
