/** The mail server as the environment names it: the same rules as in the settings of the instance. */
import { err, ok, type Result } from '../base/result.ts'
import { parse } from '../base/schema.ts'
import { secret } from '../base/secret.ts'
import { isLoopback, type MailSettings } from '../domain/mail/mail-settings.ts'
import { compileMail, MailSpec } from '../resources/types/mail-spec.ts'

export type MailVariables = Readonly<
  Record<'host' | 'port' | 'security' | 'allowPlainTo' | 'username' | 'password' | 'from' | 'timeout', string | null>
>

/** Null where no host is named. The error begins with the variable's own name. */
export const mailFromEnvironment = (given: MailVariables): Result<MailSettings | null, string> => {
  const { host, port, password } = given
  if (host === null) return ok(null)
  const security = given.security ?? (port === '465' ? 'tls' : isLoopback(host) ? 'none' : 'starttls')
  const spec = parse(MailSpec, {
    host,
    security,
    from: given.from ?? 'gatehouse@localhost',
    ...(port === null ? {} : { port: Number(port) }),
    ...(given.allowPlainTo === null ? {} : { allow_plain_to: given.allowPlainTo }),
    ...(given.username === null ? {} : { username: given.username }),
    ...(given.timeout === null ? {} : { timeout: /^\d+$/.test(given.timeout) ? `${given.timeout}s` : given.timeout }),
    ...(password === null ? {} : { password: { secret: 'environment', version: 1 } }),
  })
  if (!spec.ok) return err(sentence(spec.error[0]))
  const compiled = compileMail(spec.value, () => (password === null ? undefined : secret(password)))
  return compiled.ok ? compiled : err(sentence(compiled.error[0]))
}

const sentence = (issue: { readonly path: string; readonly message: string } | undefined): string =>
  `${(issue?.path ?? 'host').replace(/^mail\./, '').toUpperCase()}: ${issue?.message ?? 'cannot be used'}`
