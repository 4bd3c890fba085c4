/**
 * Flows as somebody might draw them in a hurry, in which an address is shown to be one's own after somebody else was named:
 * reading one's own mailbox proves nothing about them. Over a real SMTP server.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormBrowser } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { type MailServer, mailServer, readMail } from '../support/mail-server.ts'
import { signIn } from '../support/sign-in.ts'

const PASSWORD = 'a quiet long passphrase'
const ADDRESS = 'settings: { fields: [{ field_key: email, type: email, label: Your address }] }'

const configWith = (port: number) => `
settings:
  instance: { mail: { host: localhost, port: ${port}, security: none, from: sso@example.com } }
users:
  ana: { name: Ana, email: ana@example.com, password: { value: ${PASSWORD} } }
flows:
  contact:
    name: Sign in and leave an address
    purpose: sign_in
    start: identification
    nodes:
      identification: { next: { ok: [{ to: prompt }] } }
      prompt: { ${ADDRESS}, next: { ok: [{ to: email }] } }
      email: { settings: { send_to: answer }, next: { ok: [{ to: user-login }], failed: [{ to: identification }], unavailable: [{ to: deny }] } }
      user-login: { next: { ok: [{ to: end }] } }
      deny: {}
  reset:
    name: Forgotten password
    purpose: recover
    start: identification
    nodes:
      identification: { next: { ok: [{ to: prompt }] } }
      prompt: { ${ADDRESS}, next: { ok: [{ to: email }] } }
      email: { settings: { send_to: answer }, next: { ok: [{ to: new-password }], failed: [{ to: identification }], unavailable: [{ to: deny }] } }
      new-password: { next: { ok: [{ to: end }], refused: [{ to: deny }] } }
      deny: {}
`

const codeFor = async (server: MailServer, address: string): Promise<string> => {
  for (;;) {
    const found = server.mails.find((mail) => mail.to[0] === address)
    if (found) return /^\d{4} \d{4}$/m.exec(readMail(found).text)?.[0] ?? assert.fail(readMail(found).text)
    await server.arrived(server.mails.length + 1)
  }
}

test('G04 an address that is one’s own proves nothing about whoever was named before', {
  timeout: 120_000,
}, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(server.port) })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const asAna = async (flow: string, address: string) => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/${flow}/`)
    await browser.submit({ username: 'ana' })
    await browser.submit({ email: address, go: 'on' })
    await browser.submit({ code: await codeFor(server, address) })
    return browser
  }

  await context.test('it signs nobody in', async () => {
    const browser = await asAna('contact', 'eve@evil.example')
    assert.notEqual((await browser.open(`${gatehouse.url}/if/user/`)).url.pathname, '/if/user/')
  })

  await context.test('it sets nobody’s password', async () => {
    const browser = await asAna('reset', 'mallory@evil.example')
    await browser
      .submit({ password: 'a password of mallory', password_repeat: 'a password of mallory' })
      .catch(() => {})
    const hers = new FormBrowser()
    await hers.open(`${gatehouse.url}/if/flow/sign-in/`)
    assert.equal((await signIn(hers, { username: 'ana', password: PASSWORD })).url.pathname, '/if/user/')
  })
})
