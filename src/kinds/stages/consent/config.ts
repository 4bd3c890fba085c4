/** Settings of the consent stage. */
import { Closed, type Static } from '../../../base/schema.ts'

export const ConsentConfig = Closed({})
export type ConsentConfig = Static<typeof ConsentConfig>
