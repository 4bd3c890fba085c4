/** Making an account: open, by invitation, with somebody's yes; as people do it without script, and as attackers try. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiAs, command } from '../support/command.ts'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { codeIn, mailServer, mailTo } from '../support/mail-server.ts'

const PASSWORD = 'a quiet long passphrase'
const configWith = (mail: string, flows = '{}') => `
groups:
  admins: { name: Admins, roles: [administrator] }
  staff: { name: Staff }
settings:
  instance:
    admin_mails: [ops@example.com]
    flows: ${flows}
${mail}
users:
  root: { name: Root, email: root@example.com, groups: [admins], password: { value: ${PASSWORD} } }
  helper: { name: Helper, email: helper@example.com, groups: [admins], password: { value: ${PASSWORD} } }
  ana: { name: Ana, email: ana@example.com, password: { value: ${PASSWORD} } }
`
const withMail = (port: number) => `    mail: { host: localhost, port: ${port}, security: none, from: sso@example.com }`

const press = (browser: FormBrowser, fields: Record<string, string>): Promise<Page> =>
  browser.submit({ ...fields, go: 'on' })
const details = (username: string) => ({ username, name: 'New', password: PASSWORD, password_repeat: PASSWORD })
const signsIn = async (gatehouse: Gatehouse, username: string): Promise<boolean> => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
  await browser.submit({ username })
  return (await browser.submit({ password: PASSWORD })).url.pathname === '/if/user/'
}

test('by invitation, without a mail server', { timeout: 120_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, { config: configWith('') })
  const api = await apiAs(gatehouse, 'root')
  const invite = async (body: object): Promise<string> => {
    const made = await api('POST', '/invitations', body)
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.match(made.body.qr, /^<svg/)
    return made.body.link
  }

  await context.test(
    'somebody who was handed the link makes an account, in the groups it gives, and signs in',
    async () => {
      const link = await invite({ groups: ['staff'] })
      for (let opened = 0; opened < 3; opened += 1) await new FormBrowser().open(link)
      const browser = new FormBrowser()
      assert.match((await browser.open(link)).text, /Your new account/)
      const made = await press(browser, { ...details('new1'), email: 'new1@example.com', groups: 'admins', kind: 'x' })
      assert.match(made.text, /Your account is ready/)
      assert.equal(await signsIn(gatehouse, 'new1'), true)
      const { body } = await api('GET', '/users/new1')
      assert.deepEqual(Object.keys(body.groups), ['staff'], 'G14')
      assert.deepEqual(body.emails, [{ address: 'new1@example.com', verified: false }])
      assert.match((await new FormBrowser().open(link)).text, /You need an invitation/)
    },
  )

  await context.test('G08 of many at once, one makes an account by an invitation for one', async () => {
    const link = await invite({})
    const browsers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const browser = new FormBrowser()
        await browser.open(link)
        return browser
      }),
    )
    const pages = await Promise.all(
      browsers.map((browser, at) => press(browser, { ...details(`race${at}`), email: `race${at}@example.com` })),
    )
    assert.equal(pages.filter((page) => /Your account is ready/.test(page.text)).length, 1)
  })

  await context.test(
    'G08 not for another flow, another address, after its end, nor once it was taken back',
    async () => {
      const link = await invite({ email: 'for@example.com', username: 'for' })
      const elsewhere = await new FormBrowser().open(link.replace('enrol-invited', 'enrol'))
      assert.equal(elsewhere.status, 404)
      const browser = new FormBrowser()
      const page = await browser.open(link)
      assert.equal(page.html.querySelector('input[name="email"]'), null)
      assert.equal(page.html.querySelector('input[name="username"]')?.getAttribute('value'), 'for')
      await press(browser, { ...details('for'), email: 'evil@example.com' })
      assert.deepEqual((await api('GET', '/users/for')).body.emails, [{ address: 'for@example.com', verified: false }])
      const other = await invite({})
      const { body } = await api('GET', '/invitations')
      const { id } = body.items.at(-1)
      assert.ok(!JSON.stringify(body).includes(new URL(other).searchParams.get('invitation') ?? 'x'))
      const waiting = new FormBrowser()
      await waiting.open(other)
      assert.equal((await api('DELETE', `/invitations/${id}`)).status, 204)
      const late = await press(waiting, { ...details('late'), email: 'late@example.com' })
      assert.doesNotMatch(late.text, /Your account is ready/)
      assert.equal((await api('GET', '/users/late')).status, 404)
      for (const link of [
        `${gatehouse.url}/if/flow/enrol-invited/`,
        `${gatehouse.url}/if/flow/enrol-invited/?invitation=x`,
      ]) {
        assert.match((await new FormBrowser().open(link)).text, /You need an invitation/)
      }
    },
  )

  await context.test('G08 not once its inviter is gone, or may not give any more what it gives', async () => {
    const byHelper = await apiAs(gatehouse, 'helper')
    const made = await byHelper('POST', '/invitations', { groups: ['admins'], uses: 5 })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const waiting = new FormBrowser()
    await waiting.open(made.body.link)
    gatehouse.writeConfig(configWith('').replace('helper@example.com, groups: [admins]', 'helper@example.com'))
    while (Object.keys((await api('GET', '/users/helper')).body.groups).length > 0);
    const page = await press(waiting, { ...details('climber'), email: 'climber@example.com' })
    assert.doesNotMatch(page.text, /Your account is ready/)
    assert.equal((await api('GET', '/users/climber')).status, 404)
  })

  await context.test('G09 nobody takes over a name or an address by it', async () => {
    const link = await invite({ uses: 5 })
    const browser = new FormBrowser()
    await browser.open(link)
    assert.match((await press(browser, { ...details('ANA'), email: 'x@example.com' })).text, /taken/)
    const page = await press(browser, { ...details('twin'), email: 'ANA@example.com' })
    assert.match(page.text, /There is an account already/)
    assert.equal((await api('GET', '/users/twin')).status, 404)
    const taken = await api('POST', '/invitations', { email: 'ana@example.com' })
    assert.equal(taken.status, 422, JSON.stringify(taken.body))
  })

  await context.test('the server’s own shell invites too', async () => {
    const { code, out } = await command(gatehouse, 'invite', '--group', 'staff')
    assert.equal(code, 0, out)
    const browser = new FormBrowser()
    assert.match((await browser.open(/https?:\S+/.exec(out)?.[0] ?? '')).text, /Your new account/)
    assert.equal((await command(gatehouse, 'invite', '--email', 'ana@example.com')).code, 1)
    assert.equal((await command(gatehouse, 'invite', '--uses', '0')).code, 2)
  })

  await context.test(
    'nobody else makes an account: what is off by itself opens nothing, and is offered nowhere',
    async () => {
      const door = await new FormBrowser().open(`${gatehouse.url}/if/flow/sign-in/`)
      assert.doesNotMatch(door.text, /Create an account|enrol/)
      for (const flow of ['enrol', 'enrol-approval']) {
        assert.equal((await new FormBrowser().open(`${gatehouse.url}/if/flow/${flow}/`)).status, 404)
      }
      assert.doesNotMatch((await new FormBrowser().open(`${gatehouse.url}/if/flow/sign-in/`)).text, /Create an account/)
    },
  )
})

test('open, and with a yes', { timeout: 120_000 }, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(withMail(server.port), '{ enrol: enrol }') })
  const api = await apiAs(gatehouse, 'root')
  const begin = async (email: string, flow = 'enrol'): Promise<FormBrowser> => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    await browser.click(`a[href*="/if/flow/${flow}/"]`)
    await press(browser, { email })
    return browser
  }

  await context.test('whoever reads the mailbox makes an account and is signed in', async () => {
    const browser = await begin('open1@example.com')
    assert.equal((await api('GET', '/users?search=open1')).body.items.length, 0)
    await browser.submit({
      code: codeIn(await mailTo(server, 'open1@example.com', { words: /Show that it is yours/ })),
    })
    assert.equal((await press(browser, details('open1'))).url.pathname, '/if/user/')
    const { body } = await api('GET', '/users/open1')
    assert.deepEqual([body.kind, body.emails], ['external', [{ address: 'open1@example.com', verified: true }]])
  })

  await context.test('G01 G09 an address that somebody has gets the same page; its owner alone is told', async () => {
    const taken = await begin('ana@example.com')
    const free = await begin('free@example.com')
    const shape = (page: Page | null) =>
      page?.text.replaceAll(/(?:ana|free)@example\.com|name="attempt" value="[^"]*"|attempt=[^"&]*/g, '')
    assert.equal(shape(taken.page), shape(free.page))
    await taken.submit({ code: codeIn(await mailTo(server, 'ana@example.com', { words: /Show that it is yours/ })) })
    assert.match((await press(taken, details('ana2'))).text, /There is an account already/)
    assert.equal((await api('GET', '/users/ana2')).status, 404)
  })

  await context.test('with a yes: switched off until somebody says it, and told both ways', async () => {
    gatehouse.writeConfig(configWith(withMail(server.port), '{ enrol: enrol-approval }'))
    for (;;) {
      const page = await new FormBrowser().open(`${gatehouse.url}/if/flow/sign-in/`)
      if (page.text.includes('enrol-approval')) break
    }
    for (const name of ['yes', 'no']) {
      const browser = await begin(`${name}@example.com`, 'enrol-approval')
      await browser.submit({
        code: codeIn(await mailTo(server, `${name}@example.com`, { words: /Show that it is yours/ })),
      })
      assert.match((await press(browser, details(name))).text, /waits for a yes/)
    }
    await mailTo(server, 'ops@example.com', { words: /yes made an account/ })
    assert.equal(await signsIn(gatehouse, 'yes'), false)
    assert.equal((await api('POST', '/users/yes/enable')).status, 409)
    const { body } = await api('GET', '/approvals')
    assert.deepEqual(
      body.items.map((one: { meta: { username: string } }) => one.meta.username),
      ['yes', 'no'],
    )
    assert.equal((await api('POST', '/users/yes/approve')).status, 204)
    await mailTo(server, 'yes@example.com', { words: /You can sign in now/ })
    assert.equal(await signsIn(gatehouse, 'yes'), true)
    assert.equal((await api('POST', '/users/yes/refuse')).status, 409, 'who does not wait is not deleted by it')
    assert.match((await command(gatehouse, 'approvals')).out, / {2}no {2}New/)
    assert.equal((await command(gatehouse, 'approvals', 'refuse', 'no')).code, 0)
    assert.equal((await api('GET', '/users/no')).status, 404)
  })

  await context.test(
    'an invitation that is mailed is told to nobody else, and shows the mailbox to be theirs',
    async () => {
      const made = await api('POST', '/invitations', { email: 'mailed@example.com', send: true })
      assert.deepEqual([made.status, made.body.link], [201, null])
      const mail = await mailTo(server, 'mailed@example.com', { words: /invites you/ })
      const browser = new FormBrowser()
      await browser.open(/https?:\/\/\S+invitation=\S+/.exec(mail)?.[0] ?? assert.fail(mail))
      assert.match((await press(browser, details('mailed'))).text, /Your account is ready/)
      assert.deepEqual((await api('GET', '/users/mailed')).body.emails, [
        { address: 'mailed@example.com', verified: true },
      ])
    },
  )
})
