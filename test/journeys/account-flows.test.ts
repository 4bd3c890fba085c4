/**
 * The pages around an account, in a real browser: invited, enrolled, signed in by a link, locked by a link, deleted; on a
 * phone and on a desk, by day and by night, written either way. The pictures lie in build/screenshots/.
 */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { command } from '../support/command.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { type MailServer, mailServer, readMail } from '../support/mail-server.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'
const shots = path.join(root, 'build', 'screenshots')
mkdirSync(shots, { recursive: true })

const PASSWORD = 'a quiet long passphrase'
const LOOKS = [
  { width: 360, colorScheme: 'light', locale: 'en' },
  { width: 1280, colorScheme: 'dark', locale: 'de' },
  { width: 360, colorScheme: 'dark', locale: 'ar' },
] as const

const configOf = (port: number, locale: string) => `
settings:
  instance:
    flows: { enrol: enrol, magic_link: magic-link, email_code: email-setup, change_email: change-email, leave: leave }
    mail: { host: localhost, port: ${port}, security: none, from: sso@example.com }
brands:
  default: { title: Gatehouse, default: true, locale: ${locale} }
flows:
  asking:
    name: Everything a prompt asks
    purpose: enrol
    start: prompt
    nodes:
      prompt:
        settings:
          title: Everything
          text: "What this house can ask."
          fields:
            - { field_key: nick, label: Nickname, max_length: 10 }
            - { field_key: about, type: text_area, label: About you, sub_text: A few lines. }
            - { field_key: plan, type: text_read_only, label: Plan, initial_value: Basic }
            - { field_key: team, type: dropdown, label: Team, choices: [{ value: a, label: Red }, { value: b, label: Blue }] }
            - { field_key: size, type: choice, label: Size, choices: [{ value: s, label: Small }, { value: l, label: Large }] }
            - { field_key: locale, type: locale }
            - { field_key: seats, type: number, label: Seats, minimum: 1, maximum: 5 }
            - { field_key: day, type: date, label: Day }
            - { field_key: at, type: date_time, label: Day and time }
            - { field_key: news, type: checkbox, label: Send me news, required: false }
        next: { ok: [{ to: end }] }
  agreeing:
    name: Sign in with terms
    purpose: sign_in
    start: password
    nodes:
      password:
        settings: { ask_username: true }
        next: { ok: [{ to: terms }], failed: [{ to: password }], cancelled: [{ to: password }] }
      terms:
        settings: { text: "Be kind to one another.\\n\\nDo not break things.", url: https://example.com/terms }
        next: { ok: [{ to: user-login }], refused: [{ to: deny }] }
      user-login: { next: { ok: [{ to: end }] } }
      deny: {}
users:
  ana: { name: Ana Example, email: ana@example.com, locale: ${locale}, password: { value: ${PASSWORD} } }
`

const mailFor = async (server: MailServer, address: string, nth = 1) => {
  for (;;) {
    const found = server.mails.filter((mail) => mail.to[0] === address)
    const mail = found[nth - 1]
    if (mail) return readMail(mail)
    await server.arrived(server.mails.length + 1)
  }
}
const invite = async (gatehouse: Gatehouse, ...args: string[]): Promise<string> => {
  const { out } = await command(gatehouse, 'invite', ...args)
  return /https?:\S+/.exec(out)?.[0] ?? assert.fail(out)
}

for (const { width, colorScheme, locale } of LOOKS) {
  test(`accounts, at ${width} px, ${colorScheme}, ${locale}`, { skip, timeout: 120_000 }, async (context) => {
    if (!browser) throw new Error('no browser')
    const server = await mailServer(context)
    const gatehouse = await startGatehouse(context, { config: configOf(server.port, locale) })
    assert.doesNotMatch(gatehouse.output(), /not applied/)
    const faults: string[] = []
    const visit = async (): Promise<Page> => {
      const opened = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, locale })
      context.after(() => opened.close())
      const page = await opened.newPage()
      page.on('pageerror', (fault) => faults.push(String(fault)))
      page.on(
        'console',
        (line) => line.type() === 'error' && !/status of 4/.test(line.text()) && faults.push(line.text()),
      )
      return page
    }
    const page = await visit()
    const shoot = async (name: string, of: Page = page): Promise<void> => {
      const wide = await of.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      assert.ok(Number(wide) <= 0, `${name} is ${wide} px too wide`)
      await of.screenshot({
        path: path.join(shots, `account-${name}-${width}-${colorScheme}-${locale}.png`),
        fullPage: true,
      })
    }
    const flow = (slug: string): string => `${gatehouse.url}/if/flow/${slug}/`
    const showMail = async (name: string, markup: string): Promise<void> => {
      const reader = await visit()
      await reader.setContent(markup)
      await shoot(name, reader)
    }

    await page.goto(await invite(gatehouse, '--email', 'new@example.com'))
    await shoot('invited')
    await page.fill('input[name="username"]', 'new')
    await page.fill('input[name="name"]', 'New Person')
    await page.fill('input[name="password"]', PASSWORD)
    await page.fill('input[name="password_repeat"]', PASSWORD)
    await page.click('button.main')
    await page.waitForSelector('button[name="go"]')
    await shoot('made')
    await page.goto(flow('enrol-invited'))
    await shoot('not-invited')

    await page.goto(flow('sign-in'))
    await page.fill('input[name="username"]', 'new')
    await page.click('button.main')
    await page.fill('input[name="password"]', PASSWORD)
    await page.click('button.main')
    await page.waitForSelector('form, nav')
    await page.goto(flow('leave'))
    await shoot('leave')
    await page.fill('input[name="username"]', 'new')
    await page.click('button.main')
    await page.waitForURL('**/if/flow/sign-in/**')

    await page.goto(flow('sign-in'))
    await shoot('sign-in')
    await page.click('a[href*="/if/flow/enrol/"]')
    await shoot('enrol')
    await page.goto(flow('asking'))
    await shoot('prompt')
    await page.fill('input[name="nick"]', 'x'.repeat(11))
    await page.click('button.main', { force: true })

    const other = await visit()
    await other.goto(flow('agreeing'))
    await other.fill('input[name="username"]', 'ana')
    await other.fill('input[name="password"]', PASSWORD)
    await other.click('button.main')
    await other.waitForSelector('input[name="agree"]')
    await shoot('terms', other)
    await other.check('input[name="agree"]')
    await other.click('button.main')
    await other.waitForURL('**/if/user/')
    await other.goto(`${gatehouse.url}/if/user/security/`)
    await shoot('security', other)
    await other.goto(flow('email-setup'))
    await other.waitForSelector('input[name="code"]')
    await shoot('email-code', other)
    await other.goto(flow('change-email'))
    await shoot('change-email', other)
    await showMail('code-mail', (await mailFor(server, 'ana@example.com')).html)

    const link = await visit()
    await link.goto(flow('magic-link'))
    await link.fill('input[name="username"]', 'ana')
    await link.click('button.main')
    await link.waitForSelector('input[name="code"]')
    await shoot('magic-link', link)
    const mail = await mailFor(server, 'ana@example.com', 2)
    await link.goto(/https?:\/\/\S+\/if\/flow\/link\/\S+/.exec(mail.text)?.[0] ?? assert.fail(mail.text))
    await shoot('magic-link-opened', link)
    await link.click('button.main')
    await link.waitForURL('**/if/user/')
    const notice = await mailFor(server, 'ana@example.com', 3)
    await showMail('notice-mail', notice.html)
    const phone = await visit()
    await phone.goto(/https?:\/\/\S+\/if\/not-me\/\S+/.exec(notice.text)?.[0] ?? assert.fail(notice.text))
    await shoot('not-me', phone)
    await phone.click('button.main')
    await phone.waitForLoadState()
    await shoot('locked', phone)
    await link.goto(`${gatehouse.url}/if/user/`)
    assert.match(link.url(), /\/if\/flow\/sign-in\//)
    assert.deepEqual(faults, [])
  })
}
