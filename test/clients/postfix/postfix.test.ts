/**
 * Debian's Postfix as the mail server: STARTTLS under an authority of its own, a recipient it does not know, and being
 * away while a mail is written. What is asserted is what lies in the mailbox.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ensureApt } from '../../support/apt.ts'
import { FormBrowser } from '../../support/form-browser.ts'
import { freePort, root, startGatehouse } from '../../support/gatehouse.ts'
import { readMail, testAuthority } from '../../support/mail-server.ts'

// It runs its parts as users of its own, which takes root.
const skip = (process.getuid?.() !== 0 || !ensureApt(['postfix'])) && 'needs root and Debian packages'
const WITHIN = 30_000

type Postfix = {
  readonly port: number
  readonly ca: string
  start(): void
  stop(): void
  /** The mails of somebody, once there are so many. */
  mails(who: string, count: number): Promise<string[]>
}

/** An instance of its own: configuration, queue and mailboxes in one folder, one port of the loopback. */
const postfixOf = async (context: TestContext): Promise<Postfix> => {
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-postfix-'))
  chmodSync(folder, 0o755)
  const at = (...names: string[]): string => path.join(folder, ...names)
  for (const name of ['etc', 'queue', 'data', 'mailboxes']) mkdirSync(at(name))
  execFileSync('chown', ['postfix:postfix', at('data'), at('mailboxes')])
  const [uid, gid] = ['-u', '-g'].map((flag) => execFileSync('id', [flag, 'postfix'], { encoding: 'utf8' }).trim())
  const authority = testAuthority()
  writeFileSync(at('etc', 'key.pem'), authority.key, { mode: 0o600 })
  writeFileSync(at('etc', 'cert.pem'), authority.cert)
  writeFileSync(at('etc', 'known'), 'ana@example.com ana/\n')
  writeFileSync(
    at('etc', 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${at('queue')}
data_directory = ${at('data')}
maillog_file = ${at('log')}
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
virtual_mailbox_domains = example.com
virtual_mailbox_maps = texthash:${at('etc', 'known')}
virtual_mailbox_base = ${at('mailboxes')}
virtual_uid_maps = static:${uid}
virtual_gid_maps = static:${gid}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = ${at('etc', 'cert.pem')}
smtpd_tls_key_file = ${at('etc', 'key.pem')}
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient
`,
  )
  writeFileSync(
    at('etc', 'master.cf'),
    `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`,
  )
  const run = (verb: string): void => {
    const ran = spawnSync('/usr/sbin/postfix', ['-c', at('etc'), verb], { encoding: 'utf8' })
    assert.equal(ran.status, 0, `postfix ${verb}: ${ran.stdout}${ran.stderr}`)
  }
  let runs = false
  const start = (): void => {
    run('start')
    runs = true
  }
  const stop = (): void => {
    if (runs) run('stop')
    runs = false
  }
  context.after(() => {
    stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const read = (who: string): string[] => {
    const box = at('mailboxes', who, 'new')
    return existsSync(box) ? readdirSync(box).map((name) => readFileSync(path.join(box, name), 'utf8')) : []
  }
  const mails = async (who: string, count: number): Promise<string[]> => {
    const giveUpAt = performance.now() + WITHIN
    while (read(who).length < count) {
      const log = existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : ''
      assert.ok(performance.now() < giveUpAt, `no mail for ${who}: ${log}`)
      await pause(100)
    }
    return read(who)
  }
  start()
  return { port, ca: authority.ca, start, stop, mails }
}

const configOf = ({ port, ca }: Postfix, mail = ''): string => `
settings:
  instance:
    mail:
      host: localhost
      port: ${port}
      security: starttls
      from: Example Sign-in <sso@example.com>
${mail || `      ca: |\n${ca.trim().replace(/^/gm, '        ')}`}
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: a quiet long passphrase } }
`

test('a link to a new password arrives through Postfix and works', { skip }, async (context) => {
  const postfix = await postfixOf(context)
  const gatehouse = await startGatehouse(context, { config: configOf(postfix) })
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/recover/`)
  await browser.submit({ username: 'ana' })
  const [raw = ''] = await postfix.mails('ana', 1)
  const mail = readMail({ raw, from: '', to: [] })
  assert.match(mail.headers, /^From: "Example Sign-in" <sso@example\.com>/m)
  assert.match(mail.headers, /^Received: .* with ESMTPS /m)
  const link = /https?:\/\/\S+/.exec(mail.text)?.[0] ?? assert.fail(mail.text)
  const elsewhere = new FormBrowser()
  await elsewhere.open(link)
  await elsewhere.submit()
  await elsewhere.submit({ password: 'another quiet passphrase', password_repeat: 'another quiet passphrase' })
  assert.equal(elsewhere.page?.status, 200, elsewhere.page?.text)
  // The notice of the change.
  assert.equal((await postfix.mails('ana', 2)).length, 2)
})

test('the test prints what Postfix said, and each refusal has its code', { skip }, async (context) => {
  const postfix = await postfixOf(context)
  const run = (env: Readonly<Record<string, string>>, to: string) =>
    spawnSync(process.execPath, ['src/cli/main.ts', 'mail', 'test', to], { cwd: root, env, encoding: 'utf8' })
  const { environment, writeConfig, restart, kill } = await startGatehouse(context, { config: configOf(postfix) })

  const sent = run(environment, 'ana@example.com')
  assert.equal(sent.status, 0, sent.stderr)
  assert.match(sent.stdout, /^C: STARTTLS$/m)
  assert.match(sent.stdout, /^S: 250 2\.0\.0 Ok: queued as /m)
  assert.equal((await postfix.mails('ana', 1)).length, 1)

  const unknown = run(environment, 'nobody@example.com')
  assert.equal(unknown.status, 1)
  assert.match(unknown.stderr, /mail_refused/)
  assert.match(unknown.stdout, /^S: 550 5\.1\.1 /m)

  await kill('SIGTERM')
  writeConfig(configOf(postfix, '      username: nobody'))
  await restart()
  const untrusted = run(environment, 'ana@example.com')
  assert.equal(untrusted.status, 1)
  assert.match(untrusted.stderr, /mail_untrusted/)
})

test('a mail that was written while Postfix was away arrives once it is back, and once', { skip }, async (context) => {
  const postfix = await postfixOf(context)
  const gatehouse = await startGatehouse(context, { config: configOf(postfix) })
  postfix.stop()
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/recover/`)
  await browser.submit({ username: 'ana' })
  await gatehouse.kill('SIGKILL')
  postfix.start()
  await gatehouse.restart()
  assert.equal((await postfix.mails('ana', 1)).length, 1)
})
