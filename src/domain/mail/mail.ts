/** A mail to be sent, and what can become of it. */
import type { Failure, Result } from '../../base/result.ts'
import type { MailSettings } from './mail-settings.ts'

export type Mail = {
  /** The same for every try, so that a mail that arrived twice is told to be one. */
  readonly id: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** A language tag. */
  readonly language: string
}

export type MailFailureCode =
  /** No mail server is set up. */
  | 'mail_unavailable'
  /** No connection, no greeting, or silence. */
  | 'mail_unreachable'
  /** Its certificate is not one to trust, or it speaks no TLS. */
  | 'mail_untrusted'
  /** User name or password were not taken. */
  | 'mail_not_signed_in'
  /** The server says no for good, or the mail is none. */
  | 'mail_refused'
  /** The server says: later. */
  | 'mail_deferred'
/** `detail` holds the server's own words: for administrators. */
export type MailFailure = Failure<MailFailureCode>

/** Told of each line of the dialogue: `C:` ours, `S:` the server's, `*` what happened to the connection. */
export type Told = (line: string) => void

/** Sends one mail; made in `outgoing`. */
export type SendMail = (
  settings: MailSettings,
  mail: Mail,
  told?: Told,
) => Promise<Result<{ readonly answer: string }, MailFailure>>
