/** People in a real browser, the application on another origin: what they see, and that nothing in it fails. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { after, type TestContext, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser, watchRequests } from '../support/browser.ts'
import { root, startGatehouse } from '../support/gatehouse.ts'
import { openClientApp } from './client-app.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'
const shots = path.join(root, 'build', 'screenshots')
mkdirSync(shots, { recursive: true })

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const client = { id: 'wiki', secret: 'wiki-secret', slug: 'wiki' }

/** A page whose console errors and failed requests fail the test. */
const openPage = async (context: TestContext, options: BrowserContextOptions = {}): Promise<Page> => {
  if (!browser) throw new Error('no browser')
  const visit = await browser.newContext(options)
  const page = await visit.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  // A refused form is answered with a status of its own, which Chromium writes down as an error.
  page.on(
    'console',
    (message) =>
      message.type() === 'error' &&
      !/status of (400|403|409|410|422)/.test(message.text()) &&
      faults.push(message.text()),
  )
  watchRequests(page, faults)
  context.after(async () => {
    await visit.close()
    assert.deepEqual(faults, [])
  })
  return page
}

const start = async (context: TestContext) => {
  const app = await openClientApp(client)
  context.after(() => app.close())
  const gatehouse = await startGatehouse(context, {
    config: `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  wiki:
    name: Wiki
    launch_url: ${app.url}/
    providers:
      oidc:
        client_id: ${client.id}
        client_secret: { value: ${client.secret} }
        redirect_uris: [${app.callback}]
        post_logout_redirect_uris: [${app.url}/bye]
`,
  })
  app.listenTo(gatehouse.url)
  return { app, gatehouse }
}

/** Pictures to look at; on a loaded machine Chromium now and then cannot take one at the first try. */
const shoot = async (page: Page, name: string): Promise<void> => {
  const settings = { path: path.join(shots, `${name}.png`) }
  await page.screenshot(settings).catch(() => page.screenshot(settings))
}

test('the first run: the link, a password, the portal; and the link is dead', { skip }, async (context) => {
  const gatehouse = await startGatehouse(context, { environment: { GATEHOUSE_PUBLIC_URL: '' } })
  const [link] = await gatehouse.printed(/http:\S+initial-setup\S+/)
  const page = await openPage(context)
  await page.goto(link)
  await page.fill('input[name="email"]', 'root@example.com')
  await page.fill('input[name="password"]', ana.password)
  await page.fill('input[name="password_repeat"]', ana.password)
  await page.click('button.main')
  await page.waitForURL('**/if/user/')
  const answer = await page.goto(link)
  assert.equal(answer?.status(), 403)
})

const boxOf = async (page: Page, selector: string) => {
  const box = await page.locator(selector).boundingBox()
  return box ?? assert.fail(`no ${selector}`)
}

/** The head of the portal is one row: name and account side by side, and nothing below them. */
const inOneRow = async (page: Page): Promise<void> => {
  const [head, title, account] = [
    await boxOf(page, '.top'),
    await boxOf(page, '.top .name'),
    await boxOf(page, '.me summary'),
  ]
  assert.ok(head.height <= 60, `the head is ${head.height} px high`)
  for (const part of [title, account]) assert.ok(part.y >= head.y && part.y + part.height <= head.y + head.height)
  assert.ok(title.x + title.width <= account.x || account.x + account.width <= title.x, 'name over account')
}

/** Head, content and foot begin and end at the same two lines. */
const inOneColumn = async (page: Page): Promise<void> => {
  const [content, foot, title] = [await boxOf(page, '.main h1'), await boxOf(page, '.foot'), await boxOf(page, '.name')]
  for (const side of [foot.x - content.x, foot.x + foot.width - (content.x + content.width)]) {
    assert.ok(Math.abs(side) < 1, `the foot is ${side} px off`)
  }
  const sides = [title.x - content.x, title.x + title.width - (content.x + content.width)]
  assert.ok(
    sides.some((side) => Math.abs(side) < 1),
    `the head is ${sides} px off`,
  )
}

for (const width of [320, 360, 1280]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const locale of ['en', 'ar']) {
      test(`fits ${width} px, ${colorScheme}, ${locale}: nothing runs off to the side`, { skip }, async (context) => {
        const { gatehouse } = await start(context)
        const page = await openPage(context, { viewport: { width, height: 760 }, colorScheme, locale })
        const look = async (name: string) => {
          await shoot(page, `${name}-${width}-${colorScheme}-${locale}`)
          assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name)
        }
        await page.goto(`${gatehouse.url}/if/user/`)
        await look('identification')
        await page.fill('input[name="username"]', ana.username)
        await page.click('button.main')
        await look('password')
        await page.click('button.main')
        await page.fill('input[name="password"]', 'wrong')
        await page.click('button.main')
        await look('password-wrong')
        await page.fill('input[name="password"]', ana.password)
        await page.click('button.main')
        await page.waitForURL('**/if/user/')
        await look('applications')
        await page.click('.me summary')
        await look('applications-account')
        await page.goto(`${gatehouse.url}/if/user/devices/`)
        await look('devices')
        await inOneRow(page)
        await inOneColumn(page)
      })
    }
  }
}
