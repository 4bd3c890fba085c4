/** What a mail tells, before it has words. JSON: it waits in the outbox like this. */

type Whose = { readonly username: string; readonly name: string }
type OneTime = { readonly link: string; readonly code: string; readonly lasts: number }

export type MailContent =
  | ({ readonly mail: 'recovery' } & Whose & OneTime)
  | ({ readonly mail: 'verification' } & OneTime)
  | ({ readonly mail: 'password_changed'; readonly at: number } & Whose)
  | ({ readonly mail: 'new_device'; readonly at: number; readonly ip: string; readonly browser: string | null } & Whose)
  | ({ readonly mail: 'email_changed'; readonly at: number } & Whose)
  | { readonly mail: 'test' }

export const MAILS = [
  'recovery',
  'verification',
  'password_changed',
  'new_device',
  'email_changed',
  'test',
] as const satisfies readonly MailContent['mail'][]
