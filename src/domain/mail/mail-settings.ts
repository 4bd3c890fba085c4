/** How mails are sent: one SMTP server, and whose name they bear. */
import type { Secret } from '../../base/secret.ts'
import { isEmailAddress } from '../users/user.ts'

/** `tls`: encrypted from the first byte (RFC 8314). `starttls`: before anything else is said, or not at all. */
export const MAIL_SECURITY = ['tls', 'starttls', 'none'] as const
export type MailSecurity = (typeof MAIL_SECURITY)[number]

export type Mailbox = { readonly name: string; readonly address: string }

export type MailSettings = {
  readonly host: string
  readonly port: number
  readonly security: MailSecurity
  readonly username: string | null
  readonly password: Secret | null
  readonly from: Mailbox
  /** Milliseconds that the server may be silent. */
  readonly timeout: number
  /** Certificates (PEM) of an authority that is trusted beside those of the system. */
  readonly ca: string | null
}

export const usualPort = (security: MailSecurity): number => ({ tls: 465, starttls: 587, none: 25 })[security]

/** What never leaves this machine. */
export const isLoopback = (host: string): boolean => {
  const name = host.toLowerCase()
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  return name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

/** `Gatehouse <sso@example.com>` or an address alone; null where it is neither. */
export const readMailbox = (text: string): Mailbox | null => {
  const found = /^(?:"?([^"<>\p{Cc}]{0,100}?)"?\s*<([^<>]+)>|([^<>\s]+))$/u.exec(text.trim())
  const address = found?.[2] ?? found?.[3] ?? ''
  return isEmailAddress(address) ? { name: (found?.[1] ?? '').trim(), address } : null
}
