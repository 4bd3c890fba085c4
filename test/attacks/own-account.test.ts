/** What people do to their own account: agree to terms, change the address, delete it. Without script, over real SMTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiAs } from '../support/command.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { codeIn, mailServer, mailTo } from '../support/mail-server.ts'

const PASSWORD = 'a quiet long passphrase'
const terms = (version: number) => `
flows:
  agreeing:
    name: Sign in with terms
    purpose: sign_in
    start: password
    nodes:
      password:
        settings: { ask_username: true }
        next: { ok: [{ to: terms }], failed: [{ to: password }], cancelled: [{ to: password }] }
      terms:
        settings: { version: ${version}, text: Be kind. }
        next: { ok: [{ to: user-login }], refused: [{ to: deny }] }
      user-login: { next: { ok: [{ to: end }] } }
      deny: {}
`
const configWith = (port: number, more = '', flows = '') => `
settings:
  instance:
    flows: { change_email: change-email, leave: leave${flows} }
    mail: { host: localhost, port: ${port}, security: none, from: sso@example.com }
groups:
  admins: { name: Admins, roles: [administrator] }
users:
  root: { name: Root, email: root@example.com, groups: [admins], password: { value: ${PASSWORD} } }
${more}`

const arrive = async (gatehouse: Gatehouse, username: string): Promise<FormBrowser> => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
  await browser.submit({ username })
  assert.equal((await browser.submit({ password: PASSWORD })).url.pathname, '/if/user/')
  return browser
}

test('one’s own account', { timeout: 120_000 }, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(server.port) })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const api = await apiAs(gatehouse, 'root')
  for (const name of ['ana', 'bea', 'cyd']) {
    const body = { email: `${name}@example.com`, groups: [], password: { value: PASSWORD, must_change: false } }
    assert.equal((await api('PUT', `/users/${name}`, body)).status, 201)
  }

  await context.test('an address is changed by whoever reads both mailboxes, and the old one is told', async () => {
    const browser = await arrive(gatehouse, 'ana')
    await browser.open(`${gatehouse.url}/if/user/security/`)
    await browser.click('a[href*="/if/flow/change-email/"]')
    await browser.submit({ email: 'new@example.com', go: 'on' })
    const old = codeIn(await mailTo(server, 'ana@example.com', { words: /to another address/ }))
    assert.equal(
      server.mails.some((mail) => mail.to[0] === 'new@example.com'),
      false,
      'not before the old one agreed',
    )
    await browser.submit({ code: old })
    const page = await browser.submit({
      code: codeIn(await mailTo(server, 'new@example.com', { words: /Show that it is yours/ })),
    })
    assert.equal(page.url.pathname, '/if/user/security/')
    assert.deepEqual((await api('GET', '/users/ana')).body.emails, [{ address: 'new@example.com', verified: true }])
    assert.match(await mailTo(server, 'ana@example.com', { words: /was changed/ }), /\/if\/not-me\/\?link=/)
  })

  await context.test(
    'G01 G09 nobody gets an address that somebody has, and learns so only from its mailbox',
    async () => {
      const browser = await arrive(gatehouse, 'bea')
      await browser.open(`${gatehouse.url}/if/flow/change-email/`)
      await browser.submit({ email: 'cyd@example.com', go: 'on' })
      const waiting = await browser.submit({
        code: codeIn(await mailTo(server, 'bea@example.com', { words: /to another address/ })),
      })
      assert.match(waiting.text, /cyd@example\.com/)
      const page = await browser.submit({
        code: codeIn(await mailTo(server, 'cyd@example.com', { words: /Show that it is yours/ })),
      })
      assert.match(page.text, /There is an account already/)
      assert.deepEqual((await api('GET', '/users/bea')).body.emails, [{ address: 'bea@example.com', verified: true }])
    },
  )

  await context.test(
    'an account is deleted by its owner, who types its name; the event tells an id and no name',
    async () => {
      const browser = await arrive(gatehouse, 'cyd')
      const { id } = (await api('GET', '/users/cyd')).body.meta
      await browser.open(`${gatehouse.url}/if/user/security/`)
      await browser.click('a[href*="/if/flow/leave/"]')
      assert.match((await browser.submit({ username: 'bea' })).text, /not your user name/)
      const page = await browser.submit({ username: 'cyd' })
      assert.equal(page.url.pathname, '/if/flow/sign-in/', 'signed out')
      assert.equal((await api('GET', '/users/cyd')).status, 404)
      const { body } = await api('GET', '/events?type=user.deleted')
      const [event] = body.items.filter((one: { target?: string }) => one.target === `users/${id}`)
      assert.ok(event)
      assert.ok(!JSON.stringify(event).includes('cyd'))
      await mailTo(server, 'cyd@example.com', { words: /was deleted, as you asked/ })
    },
  )

  await context.test('I19 whoever administers something, or is managed by a file, is not deleted by it', async () => {
    const browser = await arrive(gatehouse, 'root')
    assert.match((await browser.open(`${gatehouse.url}/if/flow/leave/`)).text, /This account stays/)
  })

  await context.test('terms are asked for once, and again once their version rises; a no lets nobody in', async () => {
    const sign = async (browser: FormBrowser) => {
      await browser.open(`${gatehouse.url}/if/flow/agreeing/`)
      return browser.submit({ username: 'bea', password: PASSWORD })
    }
    const asksFor = async (version: number) => {
      gatehouse.writeConfig(configWith(server.port, terms(version)))
      for (;;) {
        const standing = await api('GET', '/flows/agreeing')
        if (standing.body?.nodes?.terms?.settings?.version === version) return
      }
    }
    await asksFor(1)
    const refusing = new FormBrowser()
    assert.match((await sign(refusing)).text, /Be kind\./)
    assert.match((await refusing.submit({}, { button: 'button[name="refuse"]' })).text, /not|no/i)
    assert.notEqual((await refusing.open(`${gatehouse.url}/if/user/`)).url.pathname, '/if/user/')
    const agreeing = new FormBrowser()
    await sign(agreeing)
    assert.equal((await agreeing.submit({ agree: 'yes' })).url.pathname, '/if/user/')
    assert.equal((await sign(new FormBrowser())).url.pathname, '/if/user/')
    await asksFor(2)
    assert.match((await sign(new FormBrowser())).text, /Be kind\./)
  })
})
