/**
 * The pages that a straight sign-in does not pass, on a phone and on a desk, by day and by night, written either way:
 * nothing runs off to the side, and each has one heading and a language. The pictures lie in build/screenshots/.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { after, test } from 'node:test'
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

test("a brand's logo on another host is shown, in the doorway and in the portal", { skip }, async (context) => {
  if (!browser) throw new Error('no browser')
  const pictures = createServer((_request, response) =>
    response
      .writeHead(200, { 'content-type': 'image/svg+xml' })
      .end('<svg xmlns="http://www.w3.org/2000/svg" width="96" height="40"><rect width="96" height="40"/></svg>'),
  )
  await once(pictures.listen(0, '127.0.0.1'), 'listening')
  context.after(() => pictures.close())
  const { port } = pictures.address() as AddressInfo
  const gatehouse = await startGatehouse(context, {
    config: `
brands:
  default: { title: Example, default: true, logo: 'http://127.0.0.1:${port}/logo.svg' }
users:
  ana: { name: Ana, password: { value: ${ana.password} } }
`,
  })
  const visit = await browser.newContext()
  context.after(() => visit.close())
  const page = await visit.newPage()
  const width = (selector: string) => page.locator(selector).evaluate((image) => Reflect.get(image, 'naturalWidth'))
  await page.goto(`${gatehouse.url}/if/user/`)
  assert.equal(await width('.brand img'), 96)
  await page.fill('input[name="username"]', ana.username)
  await page.click('button.main')
  await page.fill('input[name="password"]', ana.password)
  await page.click('button.main')
  await page.waitForURL('**/if/user/')
  assert.equal(await width('.top img'), 96)
})

const LOOKS = [
  { width: 320, colorScheme: 'light', locale: 'de', dir: 'ltr' },
  { width: 320, colorScheme: 'dark', locale: 'fr', dir: 'ltr' },
  { width: 360, colorScheme: 'light', locale: 'en', dir: 'ltr' },
  { width: 360, colorScheme: 'light', locale: 'pt-BR', dir: 'ltr' },
  { width: 1280, colorScheme: 'dark', locale: 'de', dir: 'ltr' },
  { width: 360, colorScheme: 'dark', locale: 'ar', dir: 'rtl' },
  { width: 1280, colorScheme: 'light', locale: 'ar', dir: 'rtl' },
] as const

for (const { width, colorScheme, locale, dir } of LOOKS) {
  test(`the pages off the straight way fit ${width} px, ${colorScheme}, ${locale}`, { skip }, async (context) => {
    if (!browser) throw new Error('no browser')
    const app = await openClientApp(client)
    context.after(() => app.close())
    const gatehouse = await startGatehouse(context, {
      config: `
users:
  ana: { name: "Ana Example of the Very Long Name Indeed", email: ana@example.com, password: { value: ${ana.password} } }
groups:
  writers: { name: Writers }
applications:
  wiki:
    name: Wiki of the Federal Office for Unusually Long Designations
    providers:
      oidc:
        client_id: ${client.id}
        client_secret: { value: ${client.secret} }
        redirect_uris: [${app.callback}]
        consent: { mode: always }
  vault:
    name: Vault
    providers: { oidc: { client_id: vault, client_secret: { value: vault }, redirect_uris: [${app.callback}] } }
    access: { allow: { groups: [writers] } }
`,
    })
    app.listenTo(gatehouse.url)
    const [setup] = await gatehouse.printed(/http:\S+initial-setup\S+/)
    const ran = spawnSync(process.execPath, ['src/cli/main.ts', 'recover', 'ana'], {
      cwd: root,
      env: gatehouse.environment,
      encoding: 'utf8',
    })
    const [recovery = ''] = ran.stdout.match(/http:\S+/) ?? []

    const visit = await browser.newContext({ viewport: { width, height: 760 }, colorScheme, locale })
    const page = await visit.newPage()
    const faults: string[] = []
    watchRequests(page, faults)
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (message) => {
      // Most of these pages are refusals, which have a status of their own; Chromium writes those down as errors.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(message.text())
    })
    context.after(async () => {
      await visit.close()
      assert.deepEqual(faults, [])
    })
    const look = async (name: string): Promise<void> => {
      const file = path.join(shots, `${name}-${width}-${colorScheme}-${locale}.png`)
      const settings = { path: file, fullPage: true }
      // On a loaded machine Chromium now and then cannot take one at the first try.
      await page.screenshot(settings).catch(() => page.screenshot(settings))
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${name} runs off`)
      assert.equal(await page.locator('h1').count(), 1, name)
      assert.equal(await page.getAttribute('html', 'dir'), dir, name)
      assert.equal(await page.getAttribute('html', 'lang'), locale, name)
    }

    await page.goto(setup)
    await look('first-run')
    await page.fill('input[name="password"]', 'short')
    await page.evaluate('document.querySelector("main form").noValidate = true')
    await page.click('button.main')
    await look('first-run-wrong')
    await page.goto(`${gatehouse.url}/if/flow/initial-setup/`)
    await look('first-run-closed')
    await page.goto(recovery)
    await look('recovery')
    await page.goto(`${gatehouse.url}/nowhere/`)
    await look('not-found')
    await page.goto(`${gatehouse.url}/application/o/authorize/?client_id=nobody`)
    await look('client-unknown')

    await page.goto(app.url)
    await page.click('details.lang summary')
    await look('identification-languages')
    await page.keyboard.press('Escape')
    await page.fill('input[name="username"]', ana.username)
    await page.click('button.main')
    await page.fill('input[name="password"]', ana.password)
    await page.click('button.main')
    await page.waitForURL('**/if/flow/consent/**')
    await look('consent')
    const spoilt = page.locator('input[name="attempt"]')
    await spoilt.evaluate((input) => input.setAttribute('value', 'r.AAAA'))
    await page.click('.pair .btn.main')
    await look('refused')
    const vault = { client_id: 'vault', redirect_uri: app.callback, response_type: 'code', scope: 'openid' }
    await page.goto(`${gatehouse.url}/application/o/authorize/?${new URLSearchParams(vault)}`)
    await look('denied')
    await page.goto(`${gatehouse.url}/if/user/`)
    await look('applications-none')
    const { height } = (await page.locator('.top').boundingBox()) ?? assert.fail('no head')
    assert.ok(height <= 60, `the head is ${height} px high`)
    await page.goto(`${gatehouse.url}/if/flow/sign-out/`)
    await look('sign-out')
  })
}
