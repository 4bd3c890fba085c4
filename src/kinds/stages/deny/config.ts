/** Settings of the deny stage. */
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'

export const DenyConfig = Closed({
  message: Type.Optional(Line({ description: 'What the person reads; left out, a plain no.' })),
})
export type DenyConfig = Static<typeof DenyConfig>
