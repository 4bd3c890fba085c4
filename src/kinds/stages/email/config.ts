/** What an email stage can be set to. Names are authentik's where it has them. */
import { Closed, Duration, type Static, Type } from '../../../base/schema.ts'

export const EmailConfig = Closed({
  send_to: Type.Enum(['person', 'answer'], {
    default: 'person',
    description:
      'To a verified address of whom the attempt is about, as proof of who they are; or to the address that a prompt asked for as `email`, as proof that it is theirs.',
  }),
  token_expiry: Duration({ default: '30m', description: 'How long link and code count; a day at most.' }),
})
export type EmailConfig = Static<typeof EmailConfig>
