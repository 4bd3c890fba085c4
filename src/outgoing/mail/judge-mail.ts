/** What may become a mail. A line break in an address or a subject would be a header of a stranger's (CWE-93). */
import { fail, ok, type Result } from '../../base/result.ts'
import type { Mail, MailFailure } from '../../domain/mail/mail.ts'
import { isEmailAddress } from '../../domain/users/user.ts'

const LONGEST_SUBJECT = 200

export const judgeMail = (mail: Mail): Result<Mail, MailFailure> => {
  if (!isEmailAddress(mail.to)) return refuse('the recipient is no e-mail address')
  if (mail.subject === '' || mail.subject.length > LONGEST_SUBJECT || /[\p{Cc}\u2028\u2029]/u.test(mail.subject)) {
    return refuse('the subject is not one line')
  }
  if (!/^[A-Za-z0-9-]{1,64}$/.test(mail.id) || !/^[A-Za-z0-9-]{2,35}$/.test(mail.language)) {
    return refuse('the mail has no proper id or language')
  }
  return ok(mail)
}

const refuse = (detail: string) =>
  fail('mail_refused', 'The mail cannot be sent as it is.', detail) satisfies Result<never, MailFailure>
