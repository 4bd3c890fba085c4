/**
 * One mail over SMTP (RFC 5321, RFC 3207, RFC 8314), on a connection of its own. The server's certificate is verified
 * always: an unverified one would hand every recovery link to whoever stands between.
 */
import { rootCertificates } from 'node:tls'
import { fail, ok } from '../../base/result.ts'
import { reveal } from '../../base/secret.ts'
import type { Mail, SendMail, Told } from '../../domain/mail/mail.ts'
import type { MailSettings } from '../../domain/mail/mail-settings.ts'
import { judgeMail } from './judge-mail.ts'

const SILENT: Told = () => undefined

export const sendMail: SendMail = async (settings, given, told = SILENT) => {
  const mail = judgeMail(given)
  if (!mail.ok) return mail
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(optionsOf(settings, told))
  try {
    const { response } = await transport.sendMail(messageOf(settings, mail.value))
    return ok({ answer: response })
  } catch (error) {
    return failureOf(settings, error)
  } finally {
    transport.close()
  }
}

const optionsOf = (settings: MailSettings, told: Told) => {
  const { host, port, security, timeout, username, password, ca } = settings
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    tls: {
      minVersion: 'TLSv1.2' as const,
      rejectUnauthorized: true,
      ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
    },
    ...(username === null
      ? {}
      : { auth: { user: username, pass: password === null ? '' : reveal(password, 'sign in at the mail server') } }),
    // A mail of ours is text; nothing in it may name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(told === SILENT ? {} : { logger: logInto(settings, told), debug: true }),
  }
}

const messageOf = ({ from }: MailSettings, mail: Mail) => ({
  from,
  to: { name: '', address: mail.to },
  subject: mail.subject,
  text: mail.text,
  html: mail.html,
  messageId: `<${mail.id}@${from.address.slice(from.address.indexOf('@') + 1)}>`,
  headers: {
    // Out-of-office answers would tell strangers who is away (RFC 3834 §5).
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'Content-Language': mail.language,
  },
})

type SmtpError = {
  readonly code?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
  readonly message?: unknown
  readonly cause?: unknown
}

// OpenSSL's and Node's own names for a certificate that is not to be trusted.
const UNTRUSTED = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_|SSL|TLS|STARTTLS/

const failureOf = (settings: MailSettings, error: unknown) => {
  const { code, responseCode, response, message, cause } = (error ?? {}) as SmtpError
  const status = typeof responseCode === 'number' ? responseCode : 0
  const inner = (cause as { code?: unknown } | undefined)?.code
  const detail = withoutPassword(settings, String(response ?? message ?? error)).slice(0, 400)
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return fail('mail_not_signed_in', 'The mail server does not take user name and password.', detail)
  if (UNTRUSTED.test(String(code)) || UNTRUSTED.test(String(inner)) || /certificate/i.test(detail))
    return fail('mail_untrusted', 'The mail server did not prove who it is, or speaks no TLS.', detail)
  if (status >= 500 || code === 'EENVELOPE' || code === 'EMESSAGE')
    return status >= 400 && status < 500
      ? fail('mail_deferred', 'The mail server asks to try again later.', detail)
      : fail('mail_refused', 'The mail server does not take this mail.', detail)
  if (status >= 400) return fail('mail_deferred', 'The mail server asks to try again later.', detail)
  return fail('mail_unreachable', 'The mail server does not answer.', detail)
}

/** In every form that SMTP carries it in (RFC 4616, LOGIN). */
const withoutPassword = ({ username, password }: MailSettings, line: string): string => {
  if (password === null) return line
  const plain = reveal(password, 'keep it out of what is shown')
  if (plain === '') return line
  const forms = [plain, base64(plain), base64(`\0${username ?? ''}\0${plain}`)]
  return forms.reduce((text, form) => text.replaceAll(form, '[password]'), line)
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The logger that the client asks for. Only what passes over the wire, and what becomes of the connection, is told. */
const logInto = (settings: MailSettings, told: Told) => {
  const take = (entry: unknown, message: unknown, ...values: unknown[]): void => {
    const { tnx } = (entry ?? {}) as { tnx?: unknown }
    if (tnx === 'message') return
    const side = tnx === 'client' ? 'C: ' : tnx === 'server' ? 'S: ' : '* '
    const text = values.reduce<string>((words, value) => words.replace(/%[sdj]/, () => String(value)), String(message))
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() !== '') told(withoutPassword(settings, `${side}${line}`).replace(/\p{Cc}/gu, ' '))
    }
  }
  return { level: () => undefined, trace: take, debug: take, info: take, warn: take, error: take, fatal: take }
}
