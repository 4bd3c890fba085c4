/** Signing in by what was mailed, without script: a link in place of a password, a code beside one. Over real SMTP. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormBrowser } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { codeIn, mailServer, mailTo, readMail } from '../support/mail-server.ts'
import { signIn } from '../support/sign-in.ts'

const PASSWORD = 'a quiet long passphrase'
const configWith = (port: number, flows = '{ magic_link: magic-link, email_code: email-setup }') => `
settings:
  instance:
    flows: ${flows}
    mail: { host: localhost, port: ${port}, security: none, from: sso@example.com }
users:
${['ana', 'bea', 'cyd', 'dan', 'eve', 'fay'].map((name) => `  ${name}: { name: ${name}, email: ${name}@example.com, password: { value: ${PASSWORD} } }`).join('\n')}
`

const linkIn = (text: string): string => /https?:\/\/\S+\/if\/flow\/link\/\S+/.exec(text)?.[0] ?? assert.fail(text)

test('signing in by mail', { timeout: 120_000 }, async (context) => {
  const server = await mailServer(context)
  const gatehouse = await startGatehouse(context, { config: configWith(server.port) })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const ask = async (name: string) => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/?next=${encodeURIComponent('/if/user/devices/')}`)
    await browser.click('a[href*="/if/flow/magic-link/"]')
    await browser.submit({ username: name })
    return browser
  }

  await context.test(
    'the link signs in where it was asked for, and leads on to where the sign-in was going',
    async () => {
      const browser = await ask('ana')
      const link = linkIn(await mailTo(server, 'ana@example.com'))
      // G12: scanners open it, and take nothing away.
      for (let opened = 0; opened < 3; opened += 1) assert.equal((await new FormBrowser().open(link)).status, 200)
      await browser.open(link)
      assert.equal((await browser.submit()).url.pathname, '/if/user/devices/')
      // G03
      assert.equal((await new FormBrowser().open(link)).status, 410)
    },
  )

  await context.test(
    'opened in another browser it signs in there, knows nothing else, and the first one stays out',
    async () => {
      const asking = await ask('bea')
      const phone = new FormBrowser()
      await phone.open(linkIn(await mailTo(server, 'bea@example.com')))
      assert.equal((await phone.submit()).url.pathname, '/if/user/')
      const page = await asking.open(`${gatehouse.url}/if/user/devices/`)
      assert.equal(page.url.pathname, '/if/flow/sign-in/')
    },
  )

  await context.test('the code does the same in the browser that waits, and in no other', async () => {
    const browser = await ask('cyd')
    const code = codeIn(await mailTo(server, 'cyd@example.com'))
    const stranger = await ask('nobody-of-that-name')
    assert.match((await stranger.submit({ code })).text, /not right/)
    assert.equal((await browser.submit({ code })).url.pathname, '/if/user/devices/')
  })

  await context.test(
    'E18 G11 codes by mail: set up by proving the address, asked for after the password, good once',
    async () => {
      const browser = new FormBrowser()
      await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
      await signIn(browser, { username: 'dan', password: PASSWORD })
      const security = await browser.open(`${gatehouse.url}/if/user/security/`)
      assert.match(security.text, /Code by mail/)
      await browser.open(`${gatehouse.url}/if/flow/email-setup/?next=${encodeURIComponent('/if/user/security/')}`)
      const set = await browser.submit({ code: codeIn(await mailTo(server, 'dan@example.com')) })
      assert.match(set.text, /to <bdi>d…@example\.com|d…@example\.com/)
      const sent = server.mails.length

      const other = new FormBrowser()
      await other.open(`${gatehouse.url}/if/flow/sign-in/`)
      const asked = await signIn(other, { username: 'dan', password: PASSWORD })
      assert.match(asked.text, /d…@example\.com/)
      assert.doesNotMatch(asked.text, /dan@example\.com/)
      const code = codeIn(await mailTo(server, 'dan@example.com', { after: sent }))
      const twin = { ...(await other.submit({ code: '00000000' })) }
      assert.match(twin.text, /not right/)
      assert.equal((await other.submit({ code })).url.pathname, '/if/user/')

      // The mailbox is the second factor now: it is no way in by itself, nor to a new password.
      const before = server.mails.length
      await ask('dan')
      const recovering = new FormBrowser()
      await recovering.open(`${gatehouse.url}/if/flow/recover/`)
      await recovering.submit({ username: 'dan' })
      await ask('eve')
      await mailTo(server, 'eve@example.com', { after: before })
      assert.equal(
        server.mails
          .slice(before)
          .some((mail) => mail.to[0] === 'dan@example.com' && /\/if\/flow\/link\//.test(readMail(mail).text)),
        false,
      )
    },
  )

  await context.test('E18 whoever knows a password cannot fill a mailbox by it', async () => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    await signIn(browser, { username: 'fay', password: PASSWORD })
    await browser.open(`${gatehouse.url}/if/flow/email-setup/`)
    const sent = async () => server.mails.filter((mail) => mail.to[0] === 'fay@example.com').length
    for (let again = 0; again < 10; again += 1) await browser.submit({}, { button: 'button[name="use"]' })
    assert.match(browser.page?.text ?? '', /No code was sent/)
    await mailTo(server, 'fay@example.com')
    assert.ok((await sent()) <= 3)
  })

  await context.test('switched off, no page leads there and its address opens nothing', async () => {
    gatehouse.writeConfig(configWith(server.port, '{}'))
    await gatehouse.printed(/configuration/i)
    for (;;) {
      const page = await new FormBrowser().open(`${gatehouse.url}/if/flow/magic-link/`)
      if (page.status === 404) break
    }
    const page = await new FormBrowser().open(`${gatehouse.url}/if/flow/sign-in/`)
    assert.doesNotMatch(page.text, /magic-link/)
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    await signIn(browser, { username: 'cyd', password: PASSWORD })
    assert.doesNotMatch((await browser.open(`${gatehouse.url}/if/user/security/`)).text, /email-setup/)
  })
})
