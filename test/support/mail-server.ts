/** A real SMTP server on a free port, whose mails a test can read; with TLS of an authority made for it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'

export type SentMail = { readonly from: string; readonly to: readonly string[]; readonly raw: string }

export type MailServer = {
  readonly port: number
  readonly mails: SentMail[]
  /** What was said to it, line by line. */
  readonly heard: string[]
  /** Resolves with the mail of this number, from 1, once it is there. */
  arrived(count: number): Promise<SentMail>
  close(): Promise<void>
}

type Options = {
  readonly key?: string
  readonly cert?: string
  readonly secure?: boolean
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly refuse?: { readonly status: number; readonly words: string }
}

/** Closed when the test ends. */
export const mailServer = async (
  t: Pick<TestContext, 'after'>,
  { key, cert, secure = false, port = 0, user, password, refuse }: Options = {},
): Promise<MailServer> => {
  const mails: SentMail[] = []
  const heard: string[] = []
  const waiting: (() => void)[] = []
  const listen = (entry: unknown, message: unknown, ...values: unknown[]): void => {
    if ((entry as { tnx?: unknown })?.tnx === 'client') heard.push([message, ...values].map(String).join(' '))
  }
  const log = { level: () => undefined, trace: listen, debug: listen, info: listen, warn: listen, error: listen }
  const server = new SMTPServer({
    secure,
    ...(key === undefined || cert === undefined ? {} : { key, cert }),
    disabledCommands: [...(user === undefined ? ['AUTH'] : []), ...(key === undefined ? ['STARTTLS'] : [])],
    authOptional: user === undefined,
    allowInsecureAuth: true,
    logger: { ...log, fatal: listen } as never,
    onAuth: (auth, _session, done) =>
      auth.username === user && auth.password === password ? done(null, { user }) : done(new Error('not you')),
    onRcptTo: (_address, _session, done) => {
      if (!refuse) return done()
      return done(Object.assign(new Error(refuse.words), { responseCode: refuse.status }))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom === false || !mailFrom ? '' : mailFrom.address,
          to: rcptTo.map((one) => one.address),
          raw: Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n'),
        })
        done()
        for (const told of waiting.splice(0)) told()
      })
    },
  })
  // What a client breaks off is no fault of the test.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()))
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  t.after(close)
  const at = async (count: number): Promise<SentMail> => {
    for (;;) {
      const found = mails[count - 1]
      if (found) return found
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  // A server that listens on TCP has an address of this form.
  return { port: (server.server.address() as AddressInfo).port, mails, heard, arrived: at, close }
}

/** What the first mail to an address says that has these words in it, from number `after` on; waits for it. */
export const mailTo = async (
  server: MailServer,
  address: string,
  { words = /(?:)/, after = 0 }: { readonly words?: RegExp; readonly after?: number } = {},
): Promise<string> => {
  for (;;) {
    const found = server.mails.slice(after).find((mail) => mail.to[0] === address && words.test(readMail(mail).text))
    if (found) return readMail(found).text
    await server.arrived(server.mails.length + 1)
  }
}

/** The code that a mail shows on a line of its own. */
export const codeIn = (text: string): string => {
  const found = /^\d{4} \d{4}$/m.exec(text)?.[0]
  if (found === undefined) throw new Error(`no code in ${text}`)
  return found
}

/** The parts of a mail, decoded: what a reader sees. */
export const readMail = ({
  raw,
}: SentMail): { readonly headers: string; readonly text: string; readonly html: string } => {
  const boundary = /boundary="?([^"\n;]+)"?/.exec(raw)?.[1] ?? ''
  const [headers = '', ...parts] = raw.split(`--${boundary}`)
  const part = (type: string): string => {
    const found = parts.find((one) => one.includes(`Content-Type: ${type}`)) ?? ''
    const cut = found.indexOf('\n\n')
    const body = found.slice(cut + 2).trim()
    const head = found.slice(0, cut)
    if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8')
    return /quoted-printable/i.test(head) ? fromQuotedPrintable(body) : body
  }
  return { headers: headers.replace(/\n[ \t]+/g, ' '), text: part('text/plain'), html: part('text/html') }
}

const fromQuotedPrintable = (text: string): string =>
  Buffer.from(
    text
      .replace(/=\n/g, '')
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

/** An authority of its own and a server's certificate by it. */
export const testAuthority = (
  name = 'localhost',
): { readonly ca: string; readonly key: string; readonly cert: string } => {
  const folder = mkdtempSync(path.join(tmpdir(), 'authority-'))
  const file = (base: string): string => path.join(folder, base)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    writeFileSync(file('leaf.ext'), `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`)
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
      '-days',
      '9',
      '-subj',
      '/CN=Test CA',
    )
    openssl('req', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`)
    const by = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial']
    openssl('x509', '-req', '-in', file('csr'), ...by, '-out', file('cert'), '-days', '9', '-extfile', file('leaf.ext'))
    const read = (base: string): string => readFileSync(file(base), 'utf8')
    return { ca: read('ca.pem'), key: read('key'), cert: read('cert') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
