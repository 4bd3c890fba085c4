/** What a message stage can be set to. */
import { Closed, Line, type Static, Type } from '../../../base/schema.ts'

export const MessageConfig = Closed({
  title: Line({ default: 'Message', minLength: 1, description: 'The heading.' }),
  text: Type.String({ default: '', maxLength: 4000, description: 'Plain text; empty lines part paragraphs.' }),
  says: Type.Optional(
    Type.Enum(['password_changed', 'account_made', 'account_waits', 'account_there', 'account_kept'], {
      description: 'Words of the house, in the language of whoever reads them, in place of title, text and button.',
    }),
  ),
  button: Type.Optional(Line({ minLength: 1, maxLength: 60, description: 'The words on the button.' })),
})
export type MessageConfig = Static<typeof MessageConfig>
