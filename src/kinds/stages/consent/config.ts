/** Nothing to set: what is asked and how long a yes counts stands in the settings of the application. */
import { Closed, type Static } from '../../../base/schema.ts'

export const ConsentConfig = Closed({})
export type ConsentConfig = Static<typeof ConsentConfig>
