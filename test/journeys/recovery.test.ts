/**
 * A forgotten password in a real browser, and what the mail looks like to whoever gets it: on a phone and on a desk, by
 * day and by night, written either way. The pictures lie in build/screenshots/.
 */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { root, startGatehouse } from '../support/gatehouse.ts'
import { mailServer, readMail } from '../support/mail-server.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'
const shots = path.join(root, 'build', 'screenshots')
mkdirSync(shots, { recursive: true })

const LOOKS = [
  { width: 360, colorScheme: 'light', locale: 'en' },
  { width: 1280, colorScheme: 'dark', locale: 'de' },
  { width: 360, colorScheme: 'dark', locale: 'ar' },
  { width: 1280, colorScheme: 'light', locale: 'en' },
] as const

const fits = async (page: Page, what: string): Promise<void> => {
  // A page that is just being left has no document for a moment.
  await page.waitForLoadState()
  await page.waitForFunction('document.documentElement !== null')
  // As text: this program has no types of the page's own world.
  const wide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
  assert.ok(Number(wide) <= 0, `${what} is ${wide} px too wide`)
  assert.equal(await page.locator('img').count(), 0)
}

for (const { width, colorScheme, locale } of LOOKS) {
  test(`a forgotten password, at ${width} px, ${colorScheme}, ${locale}`, { skip }, async (context) => {
    if (!browser) throw new Error('no browser')
    const server = await mailServer(context)
    const gatehouse = await startGatehouse(context, {
      config: `
settings:
  instance:
    mail: { host: localhost, port: ${server.port}, security: none, from: sso@example.com }
users:
  ana: { name: "Ana Example of the Very Long Name Indeed", email: ana@example.com, locale: ${locale}, password: { value: a quiet long passphrase } }
`,
    })
    assert.doesNotMatch(gatehouse.output(), /not applied/)
    const visit = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, locale })
    context.after(() => visit.close())
    const page = await visit.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (line) => line.type() === 'error' && faults.push(line.text()))
    const shoot = async (name: string, of: Page = page): Promise<void> => {
      await fits(of, name)
      const file = `recovery-${name}-${width}-${colorScheme}-${locale}.png`
      await of.screenshot({ path: path.join(shots, file), fullPage: true })
    }

    await page.goto(`${gatehouse.url}/if/flow/sign-in/`)
    await page.fill('input[name="username"]', 'ana')
    await page.click('button.main')
    await page.click('a[href*="/if/flow/recover/"]')
    await shoot('name')
    await page.fill('input[name="username"]', 'ana')
    await page.click('button.main')
    await page.waitForSelector('input[name="code"]')
    await shoot('sent')
    const mail = readMail(await server.arrived(1))
    const reader = await visit.newPage()
    await reader.setContent(mail.html)
    await shoot('mail', reader)
    await reader.close()
    const link = /https?:\/\/\S+\/if\/flow\/link\/\S+/.exec(mail.text)?.[0] ?? assert.fail(mail.text)
    await page.goto(link)
    await shoot('link')
    await page.click('button.main')
    await page.waitForSelector('input[name="password_repeat"]')
    await shoot('new')
    await page.fill('input[name="password"]', 'another quiet passphrase')
    await page.fill('input[name="password_repeat"]', 'another quiet passphrase')
    await page.click('button.main')
    await page.waitForSelector('button[name="go"]')
    await shoot('changed')
    await page.click('button[name="go"]')
    await page.fill('input[name="username"]', 'ana')
    await page.click('button.main')
    await page.fill('input[name="password"]', 'another quiet passphrase')
    await page.click('button.main')
    await page.waitForURL('**/if/user/')
    await server.arrived(2)
    const notice = await visit.newPage()
    await notice.setContent(readMail(server.mails[1] ?? assert.fail()).html)
    await shoot('notice', notice)
    await page.goto(link)
    await shoot('used')
    assert.deepEqual(
      faults.filter((fault) => !/410/.test(fault)),
      [],
    )
  })
}
