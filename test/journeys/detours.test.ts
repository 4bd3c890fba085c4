/** Ways through a sign-in that are not the straight one: too late, back, again, signed out meanwhile, a spoilt page. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { openBrowser, watchRequests } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { openClientApp } from './client-app.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const client = { id: 'wiki', secret: 'wiki-secret', slug: 'wiki' }
const HALF_AN_HOUR = 30 * 60_000

/** A house with one application, and a page in which nothing may fail. */
const arrive = async (context: TestContext, { consent = 'implicit' } = {}) => {
  if (!browser) throw new Error('no browser')
  const app = await openClientApp(client)
  context.after(() => app.close())
  const clock = path.join(import.meta.dirname, 'clock-ahead.ts')
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-clock-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  const ahead = path.join(folder, 'ahead')
  const gatehouse = await startGatehouse(context, {
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(clock).href}`, CLOCK_AHEAD_FILE: ahead },
    config: `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  wiki:
    name: Wiki
    providers:
      oidc:
        client_id: ${client.id}
        client_secret: { value: ${client.secret} }
        redirect_uris: [${app.callback}]
        consent: { mode: ${consent} }
`,
  })
  app.listenTo(gatehouse.url)
  const visit = await browser.newContext()
  const faults: string[] = []
  const watch = (page: Page): Page => {
    page.on('pageerror', (error) => faults.push(String(error)))
    watchRequests(page, faults)
    page.on('console', (message) => {
      // A refused form is answered with a status of its own, which Chromium writes down as an error.
      if (message.type() === 'error' && !/status of (400|403|409|410|422)/.test(message.text()))
        faults.push(message.text())
    })
    return page
  }
  context.after(async () => {
    await visit.close()
    assert.deepEqual(faults, [])
  })
  const newTab = async (): Promise<Page> => watch(await visit.newPage())
  /** The server stops, and starts again that much later. */
  const pass = async (milliseconds: number): Promise<void> => {
    await gatehouse.kill('SIGTERM')
    writeFileSync(ahead, String(milliseconds))
    await gatehouse.restart()
  }
  return { app, gatehouse, page: await newTab(), newTab, pass }
}

const giveName = async (page: Page): Promise<void> => {
  await page.fill('input[name="username"]', ana.username)
  await page.click('button.main')
}
const givePassword = async (page: Page): Promise<void> => {
  await page.fill('input[name="password"]', ana.password)
  await page.click('button.main')
}
const greeted = async (page: Page): Promise<void> => {
  await page.waitForURL('**/callback?*')
  assert.equal(await page.textContent('h1'), 'Hello ana')
}

for (const [where, walk] of [
  ['name', async () => undefined],
  ['password', giveName],
] as const) {
  test(`a page left open for too long at the ${where} says so, and starting again leads to the same application`, {
    skip,
  }, async (context) => {
    const { app, page, pass } = await arrive(context)
    await page.goto(app.url)
    await walk(page)
    await page.waitForSelector(`input[name="${where === 'name' ? 'username' : 'password'}"]`)
    await pass(HALF_AN_HOUR + 1_000)
    await (where === 'name' ? giveName(page) : givePassword(page))
    await page.waitForSelector('h1:has-text("This page was open too long")')
    await page.click('main a.btn')
    await giveName(page)
    await givePassword(page)
    await greeted(page)
  })
}

test('a server that starts again in the middle of a sign-in is not noticed', { skip }, async (context) => {
  const { app, page, pass } = await arrive(context)
  await page.goto(app.url)
  await giveName(page)
  await page.waitForSelector('input[name="password"]')
  await pass(1_000)
  await givePassword(page)
  await greeted(page)
})

test('reloading a step shows it again, going back asks for the name again, and neither repeats a post', {
  skip,
}, async (context) => {
  const { app, page } = await arrive(context)
  await page.goto(app.url)
  await giveName(page)
  await page.waitForSelector('input[name="password"]')
  await page.reload()
  await page.waitForSelector('input[name="password"]')
  await page.goBack()
  await page.waitForSelector('input[name="username"]:not([readonly])')
  await giveName(page)
  await givePassword(page)
  await greeted(page)
})

test('going back into a finished sign-in leads on to the application', { skip }, async (context) => {
  const { app, page } = await arrive(context)
  await page.goto(app.url)
  await giveName(page)
  await givePassword(page)
  await greeted(page)
  await page.goBack()
  await greeted(page)
})

test('a sign-in finished in another tab is taken up by a tab that stood at the password', { skip }, async (context) => {
  const { app, page, newTab } = await arrive(context)
  const other = await newTab()
  for (const tab of [page, other]) {
    await tab.goto(app.url)
    await giveName(tab)
    await tab.waitForSelector('input[name="password"]')
  }
  await givePassword(page)
  await greeted(page)
  await givePassword(other)
  await greeted(other)
})

test('A74 consent given after signing out in another tab gives nothing, and starting again asks for a sign-in', {
  skip,
}, async (context) => {
  const { app, gatehouse, page, newTab } = await arrive(context, { consent: 'remember' })
  await page.goto(app.url)
  await giveName(page)
  await givePassword(page)
  await page.waitForURL('**/if/flow/consent/**')
  const other = await newTab()
  await other.goto(`${gatehouse.url}/if/user/devices/`)
  await other.click('button.danger')
  await other.waitForURL('**/if/flow/sign-in/**')
  await page.click('.pair .btn.main')
  await page.waitForSelector('h1:has-text("This page was open too long")')
  await page.click('main a.btn')
  await giveName(page)
  await givePassword(page)
  await page.click('.pair .btn.main')
  await greeted(page)
})

test('a spoilt page says so, and starting again leads to a sign-in that works', { skip }, async (context) => {
  const { app, gatehouse, page } = await arrive(context)
  await page.goto(app.url)
  await page.locator('input[name="attempt"]').evaluate((input) => input.setAttribute('value', 's.AAAA'))
  await giveName(page)
  await page.waitForSelector('h1:has-text("This page leads nowhere")')
  await page.click('main a.btn')
  await giveName(page)
  await givePassword(page)
  await page.waitForURL(`${gatehouse.url}/if/user/`)
})
