/** What a mail tells, before it has words. JSON: it waits in the outbox like this. */

type Whose = { readonly username: string; readonly name: string }
/** `link` locks the account: for whoever did not do it. */
type Notice = Whose & { readonly at: number; readonly link?: string }
type OneTime = { readonly link: string; readonly code: string; readonly lasts: number }

export type MailContent =
  | ({ readonly mail: 'recovery' } & Whose & OneTime)
  | ({ readonly mail: 'magic_link' } & Whose & OneTime)
  | ({ readonly mail: 'confirm' } & Whose & OneTime)
  | ({ readonly mail: 'deleted' } & Whose)
  | ({ readonly mail: 'verification' } & OneTime)
  | ({ readonly mail: 'code'; readonly code: string; readonly lasts: number } & Whose)
  | ({ readonly mail: 'password_changed' } & Notice)
  | ({ readonly mail: 'new_device'; readonly ip: string; readonly browser: string | null } & Notice)
  | ({ readonly mail: 'email_changed' } & Notice)
  | ({ readonly mail: 'locked' } & Notice)
  | ({ readonly mail: 'approval_asked'; readonly email: string; readonly at: number } & Whose)
  | ({ readonly mail: 'approved'; readonly link: string } & Whose)
  | ({ readonly mail: 'refused' } & Whose)
  | { readonly mail: 'invited'; readonly inviter: string; readonly link: string; readonly lasts: number }
  | { readonly mail: 'locked_alert'; readonly username: string; readonly at: number; readonly ip: string }
  | { readonly mail: 'test' }

export const MAILS = [
  'recovery',
  'magic_link',
  'confirm',
  'deleted',
  'verification',
  'code',
  'password_changed',
  'new_device',
  'email_changed',
  'locked',
  'locked_alert',
  'approval_asked',
  'approved',
  'refused',
  'invited',
  'test',
] as const satisfies readonly MailContent['mail'][]
