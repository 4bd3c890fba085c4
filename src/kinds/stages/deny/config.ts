/** What a deny stage can be set to. */
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'

export const DenyConfig = Closed({
  deny_message: Type.Optional(
    Line({ minLength: 1, maxLength: 500, description: 'What the person reads; left out, a plain no.' }),
  ),
})
export type DenyConfig = Static<typeof DenyConfig>
