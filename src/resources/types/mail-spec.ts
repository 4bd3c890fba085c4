/** `mail` of the instance's settings: the SMTP server that mails go out by. */
import { X509Certificate } from 'node:crypto'
import { parseDuration } from '../../base/duration.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { Closed, Duration, type Issue, Line, type Static, Type } from '../../base/schema.ts'
import { SecretReference, type StoredSecret } from '../../base/secret-reference.ts'
import {
  isLoopback,
  MAIL_SECURITY,
  type MailSettings,
  readMailbox,
  usualPort,
} from '../../domain/mail/mail-settings.ts'
import type { CompileContext } from '../../kinds/contract/resource.ts'

// A host name or an address; never a line of anything else.
const HOST = '^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$|^::1$'

export const MailSpec = Closed(
  {
    host: Type.String({
      pattern: HOST,
      maxLength: 254,
      description: 'The SMTP server.',
      examples: ['smtp.example.com'],
    }),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description: 'Left out: 465 for tls, 587 for starttls, 25 for none.',
      }),
    ),
    security: Type.Enum([...MAIL_SECURITY], {
      default: 'starttls',
      description:
        'Encrypted from the start, after STARTTLS, or not at all. The certificate is always verified. `none` is for this machine alone, unless allow_plain_to names the server.',
    }),
    allow_plain_to: Type.Optional(
      Line({ description: 'The host once more: mails, and the links in them, may go to it unencrypted.' }),
    ),
    username: Type.Optional(Line({ minLength: 1, description: 'Left out, the server asks for none.' })),
    password: Type.Optional(SecretReference({ description: 'Its password.' })),
    from: Line({
      minLength: 3,
      description: 'Whom mails are from.',
      examples: ['Example Sign-in <sign-in@example.com>'],
    }),
    timeout: Duration({ default: '10s', description: 'How long the server may be silent; a minute at most.' }),
    ca: Type.Optional(
      Type.String({
        maxLength: 20_000,
        description: 'Certificate of an authority of your own, in PEM, trusted for this server beside the public ones.',
      }),
    ),
  },
  { description: 'Left out, no mail is sent, and what needs one says so.' },
)
export type MailSpec = Static<typeof MailSpec>

/** Checks what the schema cannot; the password is opened here. */
export const compileMail = (spec: MailSpec, secret: CompileContext['secret']): Result<MailSettings, Issue[]> => {
  const issues: Issue[] = []
  const { host, security, username } = spec
  const plain = security === 'none' && !isLoopback(host)
  if (plain && spec.allow_plain_to?.toLowerCase() !== host.toLowerCase()) {
    issues.push({
      path: 'mail.security',
      message: `"none" is for this machine alone; set allow_plain_to to "${host}" if you must`,
    })
  }
  const from = readMailbox(spec.from)
  if (!from) issues.push({ path: 'mail.from', message: 'must be an address, or a name and <an address>' })
  const timeout = parseDuration(spec.timeout) ?? 0
  if (timeout < 1000 || timeout > 60_000) issues.push({ path: 'mail.timeout', message: 'must be from 1s to 1m' })
  if (spec.password !== undefined && username === undefined) {
    issues.push({ path: 'mail.password', message: 'stands without a username' })
  }
  if (spec.ca !== undefined && !isCertificate(spec.ca)) {
    issues.push({ path: 'mail.ca', message: 'must be a certificate in PEM' })
  }
  if (issues.length > 0 || !from) return err(issues)
  // Settled before it is compiled: whatever it was given as, it stands as a reference by now.
  const password = spec.password === undefined ? undefined : secret(spec.password as StoredSecret)
  return ok({
    host,
    port: spec.port ?? usualPort(security),
    security,
    username: username ?? null,
    password: password ?? null,
    from,
    timeout,
    ca: spec.ca ?? null,
  })
}

const isCertificate = (text: string): boolean => {
  try {
    return new X509Certificate(text).ca
  } catch {
    return false
  }
}
