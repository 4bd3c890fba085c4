/** A new-password stage has nothing to be set: the rules of passwords are the instance's. */
import { Closed, type Static } from '../../../base/schema.ts'

export const NewPasswordConfig = Closed({})
export type NewPasswordConfig = Static<typeof NewPasswordConfig>
