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

const start = async (context: TestContext, consent = 'implicit') => {
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
        consent: { mode: ${consent} }
`,
  })
  app.listenTo(gatehouse.url)
  return { app, gatehouse }
}

const signIn = async (page: Page, password = ana.password): Promise<void> => {
  await page.fill('input[name="username"]', ana.username)
  await page.click('button.main')
  await page.fill('input[name="password"]', password)
  await page.click('button.main')
}
/** Pictures to look at; on a loaded machine Chromium now and then cannot take one at the first try. */
const shoot = async (page: Page, name: string): Promise<void> => {
  const settings = { path: path.join(shots, `${name}.png`) }
  await page.screenshot(settings).catch(() => page.screenshot(settings))
}

const heading = (page: Page) => page.textContent('h1')

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

test('signs in to an application, goes on in silence the second time, and is signed out by it', {
  skip,
}, async (context) => {
  const { app, gatehouse } = await start(context)
  const page = await openPage(context)
  await page.goto(app.url)
  await signIn(page)
  await page.waitForURL(`${app.callback}*`)
  assert.equal(await heading(page), 'Hello ana')
  await page.goto(app.url)
  assert.equal(await heading(page), 'Hello ana')
  await page.goto(`${app.url}/out`)
  assert.equal(await heading(page), 'Bye')
  await page.goto(`${gatehouse.url}/if/user/`)
  assert.match(page.url(), /\/if\/flow\/sign-in\//)
})

test('needs no script', { skip }, async (context) => {
  const { app } = await start(context)
  const page = await openPage(context, { javaScriptEnabled: false })
  await page.goto(app.url)
  await signIn(page)
  assert.equal(await heading(page), 'Hello ana')
})

test('says so where the password is wrong, keeps the name, and takes the right one then', { skip }, async (context) => {
  const { app } = await start(context)
  const page = await openPage(context)
  await page.goto(app.url)
  await signIn(page, 'not the passphrase')
  assert.match((await page.title()) ?? '', /^Error:/)
  assert.equal(await page.locator('[role="alert"]').count(), 1)
  assert.equal(await page.inputValue('input[name="password"]'), '')
  await page.fill('input[name="password"]', ana.password)
  await page.click('button.main')
  await page.waitForURL(`${app.callback}*`)
})

test('asks for consent, takes a no to the application, and remembers a yes', { skip }, async (context) => {
  const { app } = await start(context, 'remember')
  const page = await openPage(context)
  await page.goto(app.url)
  await signIn(page)
  await page.waitForURL('**/if/flow/consent/**')
  await shoot(page, 'consent-1280-light')
  await page.click('.pair .btn:not(.main)')
  assert.equal(await heading(page), 'Refused: access_denied')
  await page.goto(app.url)
  await page.click('.pair .btn.main')
  assert.equal(await heading(page), 'Hello ana')
  await page.goto(app.url)
  assert.equal(await heading(page), 'Hello ana')
})

test('two tabs do not disturb one another, and going back after a sign-in leads on', { skip }, async (context) => {
  const { app } = await start(context)
  const first = await openPage(context)
  const second = await first.context().newPage()
  await first.goto(app.url)
  await second.goto(app.url)
  await signIn(first)
  assert.equal(await heading(first), 'Hello ana')
  await first.goBack()
  await second.fill('input[name="username"]', ana.username)
  await second.click('button.main')
  await second.fill('input[name="password"]', ana.password)
  await second.click('button.main')
  await second.waitForURL(`${app.callback}*`)
})

test('an attempt that is no longer known begins again and goes on to the same application', {
  skip,
}, async (context) => {
  const { app } = await start(context)
  const page = await openPage(context)
  await page.goto(app.url)
  await page.locator('input[name="attempt"]').evaluate((input) => input.setAttribute('value', 'AAAA'))
  await page.fill('input[name="username"]', ana.username)
  await page.click('button.main')
  assert.equal(await page.locator('h1').count(), 1)
  await page.goto(app.url)
  await signIn(page)
  assert.equal(await heading(page), 'Hello ana')
})

test('lists the browsers one is signed in with, and signs out of all of them', { skip }, async (context) => {
  const { gatehouse } = await start(context)
  const laptop = await openPage(context)
  const phone = await openPage(context, { viewport: { width: 360, height: 740 } })
  for (const page of [laptop, phone]) {
    await page.goto(`${gatehouse.url}/if/user/`)
    await signIn(page)
    await page.waitForURL('**/if/user/')
  }
  await laptop.goto(`${gatehouse.url}/if/user/devices/`)
  assert.equal(await laptop.locator('.item').count(), 2)
  await shoot(laptop, 'devices-of-two-1280-light')
  await laptop.click('button.danger')
  await laptop.waitForURL('**/if/flow/sign-in/**')
  await phone.goto(`${gatehouse.url}/if/user/`)
  assert.match(phone.url(), /\/if\/flow\/sign-in\//)
})

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
        await page.goto(`${gatehouse.url}/if/user/devices/`)
        await look('devices')
      })
    }
  }
}
