/** Mail over real SMTP servers, plain and with TLS of a test's own authority. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MailServer, mailServer, testAuthority } from '../../../test/support/mail-server.ts'
import { secret } from '../../base/secret.ts'
import type { Mail } from '../../domain/mail/mail.ts'
import { isLoopback, type MailSettings, readMailbox } from '../../domain/mail/mail-settings.ts'
import { sendMail } from './send-mail.ts'

const mail: Mail = {
  id: '0192-a',
  to: 'ana@example.com',
  subject: 'Grüße',
  text: 'Plain words\n',
  html: '<p>Plain words</p>',
  language: 'de',
}

const settingsOf = (server: MailServer, given: Partial<MailSettings> = {}): MailSettings => ({
  host: 'localhost',
  port: server.port,
  security: 'none',
  username: null,
  password: null,
  from: { name: 'Gatehouse', address: 'sso@example.com' },
  timeout: 2_000,
  ca: null,
  ...given,
})

const PASSWORD = 'canary-of-the-mail-server'

test('sends text with its HTML beside it, from who it says, and answers nobody who is away', async (t) => {
  const server = await mailServer(t)
  const sent = await sendMail(settingsOf(server), mail)
  assert.ok(sent.ok, JSON.stringify(sent))
  const [got] = server.mails
  assert.deepEqual([got?.from, got?.to], ['sso@example.com', ['ana@example.com']])
  for (const line of [
    /^From: Gatehouse <sso@example\.com>$/m,
    /^To: ana@example\.com$/m,
    /^Message-ID: <0192-a@example\.com>$/im,
    /^Auto-Submitted: auto-generated$/m,
    /^Content-Type: multipart\/alternative/m,
    /^Content-Type: text\/plain/m,
    /^Content-Type: text\/html/m,
  ]) {
    assert.match(got?.raw ?? '', line)
  }
})

test('signs in over STARTTLS and TLS with a certificate of a known authority', async (t) => {
  const { ca, key, cert } = testAuthority()
  for (const security of ['starttls', 'tls'] as const) {
    const server = await mailServer(t, { key, cert, secure: security === 'tls', user: 'mailer', password: PASSWORD })
    const told: string[] = []
    const settings = settingsOf(server, { security, ca, username: 'mailer', password: secret(PASSWORD) })
    const sent = await sendMail(settings, mail, (line) => told.push(line))
    assert.ok(sent.ok, `${security}: ${JSON.stringify(sent)}\n${told.join('\n')}`)
    assert.equal(server.mails.length, 1)
    const words = told.join('\n')
    assert.match(words, /^C: MAIL FROM:<sso@example\.com>/m)
    assert.match(words, /^S: 250/m)
    assert.match(words, /^C: AUTH /m)
    for (const form of [PASSWORD, base64(PASSWORD), base64(`\0mailer\0${PASSWORD}`)]) {
      assert.ok(!words.includes(form), 'M07 the dialogue holds no password')
    }
  }
})

test('sends nothing to a server whose certificate is not to be trusted', async (t) => {
  const { key, cert } = testAuthority()
  const other = testAuthority('elsewhere.example')
  const known = await mailServer(t, { key, cert, secure: true })
  const stranger = await sendMail(settingsOf(known, { security: 'tls' }), mail)
  assert.equal(codeOf(stranger), 'mail_untrusted')
  const wrongName = await mailServer(t, { key: other.key, cert: other.cert })
  const named = await sendMail(settingsOf(wrongName, { security: 'starttls', ca: other.ca }), mail)
  assert.equal(codeOf(named), 'mail_untrusted')
  assert.equal(known.mails.length + wrongName.mails.length, 0)
})

test('says nothing in the clear to a server that offers no STARTTLS', async (t) => {
  const server = await mailServer(t, { user: 'mailer', password: PASSWORD })
  const settings = settingsOf(server, { security: 'starttls', username: 'mailer', password: secret(PASSWORD) })
  assert.equal(codeOf(await sendMail(settings, mail)), 'mail_untrusted')
  assert.equal(server.mails.length, 0)
  assert.ok(!server.heard.join('').includes(base64(PASSWORD)))
})

test('tells apart who is not there, who refuses for good, who asks to come later, and a wrong password', async (t) => {
  const gone = await mailServer(t)
  await gone.close()
  assert.equal(codeOf(await sendMail(settingsOf(gone), mail)), 'mail_unreachable')
  const refusing = await mailServer(t, { refuse: { status: 550, words: 'no such mailbox' } })
  const refused = await sendMail(settingsOf(refusing), mail)
  assert.equal(codeOf(refused), 'mail_refused')
  assert.match(refused.ok ? '' : (refused.error.detail ?? ''), /no such mailbox/)
  const busy = await mailServer(t, { refuse: { status: 451, words: 'greylisted' } })
  assert.equal(codeOf(await sendMail(settingsOf(busy), mail)), 'mail_deferred')
  const { ca, key, cert } = testAuthority()
  const guarded = await mailServer(t, { key, cert, secure: true, user: 'mailer', password: 'another' })
  const settings = settingsOf(guarded, { security: 'tls', ca, username: 'mailer', password: secret(PASSWORD) })
  const wrong = await sendMail(settings, mail)
  assert.equal(codeOf(wrong), 'mail_not_signed_in')
  assert.ok(!JSON.stringify(wrong).includes(PASSWORD))
})

test('no line break in an address or a subject becomes a header, and no address becomes two (CWE-93)', async (t) => {
  const server = await mailServer(t)
  const bad: Partial<Mail>[] = [
    { to: 'ana@example.com\r\nBcc: eve@example.com' },
    { to: 'ana@example.com, eve@example.com' },
    { to: '"ana"@example.com' },
    { to: 'ana@example.com>\r\nRCPT TO:<eve@example.com' },
    { to: 'Ana <ana@example.com>' },
    { subject: 'Hi\r\nBcc: eve@example.com' },
    { subject: 'Hi\nBcc: eve@example.com' },
    { subject: 'Hi\u2028Bcc: eve@example.com' },
    { subject: '' },
    { id: 'x>\r\nBcc: eve@example.com' },
    { language: 'de\r\nBcc: eve@example.com' },
  ]
  for (const part of bad) {
    assert.equal(codeOf(await sendMail(settingsOf(server), { ...mail, ...part })), 'mail_refused', JSON.stringify(part))
  }
  assert.equal(server.mails.length, 0)
  assert.equal(readMailbox('Gatehouse <sso@example.com>\r\nBcc: eve@example.com'), null)
  assert.equal(readMailbox('a@example.com, b@example.com'), null)
  assert.deepEqual(readMailbox('"Front door" <sso@example.com>'), { name: 'Front door', address: 'sso@example.com' })
})

test('knows by name what never leaves this machine', () => {
  for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.8.8.8', '::1']) assert.ok(isLoopback(host), host)
  for (const host of ['localhost.example.com', '127.example.com', '10.0.0.1', '0.0.0.0', 'mail']) {
    assert.ok(!isLoopback(host), host)
  }
})

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const codeOf = (sent: Awaited<ReturnType<typeof sendMail>>): string => (sent.ok ? 'sent' : sent.error.code)
