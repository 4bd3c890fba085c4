/** Settings of the message stage. */
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'

export const MessageConfig = Closed({
  title: Line({ minLength: 1 }),
  text: Type.String({ minLength: 1, maxLength: 2000, description: 'Plain text; empty lines part paragraphs.' }),
})
export type MessageConfig = Static<typeof MessageConfig>
