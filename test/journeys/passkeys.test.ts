/** Passkeys and security keys from their set-up to the day on which they are lost, in a real browser. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser, watchRequests } from '../support/browser.ts'
import { freePort, startGatehouse } from '../support/gatehouse.ts'
import { virtualAuthenticator } from '../support/virtual-authenticator.ts'
import { openClientApp } from './client-app.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'

const PASSWORD = 'a quiet long passphrase'
const MAIN = 'button.main'
const USE = 'button[data-passkey-use]'
const heading = (page: Page) => page.locator('h1').innerText()

for (const scheme of ['http', 'https'] as const) {
  test(`passkeys at ${scheme}://localhost: set up, signed in with, used as a second factor, lost`, {
    skip,
    timeout: 240_000,
  }, async (context) => {
    if (!browser) throw new Error('no browser')
    const wiki = await openClientApp({ id: 'vault', secret: 'vault-secret', slug: 'vault' })
    context.after(() => wiki.close())
    const ports = { http: await freePort(), https: await freePort(), metrics: await freePort() }
    const base = `${scheme}://localhost:${ports[scheme]}`
    const gatehouse = await startGatehouse(context, {
      ports,
      environment: { GATEHOUSE_PUBLIC_URL: base },
      config: `
users:
${['ana', 'bob', 'eva', 'ida'].map((name) => `  ${name}: { name: ${name} Example, password: { value: ${PASSWORD} } }`).join('\n')}
applications:
  vault:
    name: Vault
    providers:
      oidc: { client_id: vault, client_secret: { value: vault-secret }, redirect_uris: [${wiki.callback}], consent: { mode: implicit } }
    access: { assurance: { mfa: required } }
`,
    })
    if (scheme === 'http') wiki.listenTo(gatehouse.url)
    const portal = `${base}/if/user/`
    const security = `${base}/if/user/security/`
    const faults: string[] = []
    const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
      const visit = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
      context.after(() => visit.close())
      const page = await visit.newPage()
      watchRequests(page, faults)
      page.on('pageerror', (error) => faults.push(String(error)))
      page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) faults.push(message.text())
      })
      return page
    }
    const signIn = async (page: Page, username: string) => {
      await page.fill('input[name="username"]', username)
      await page.click(MAIN)
      await page.fill('input[name="password"]', PASSWORD)
      await page.click(MAIN)
    }
    const signOut = async (page: Page) => {
      await page.goto(`${base}/flows/-/default/invalidation/`)
      await page.click('button[name="confirm"]')
    }

    const home = await newPage()
    const device = await virtualAuthenticator(home, 'passkey')

    await context.test(
      'it is added in the portal, named by its maker or browser, renamed, and told without its key',
      async () => {
        await home.goto(portal)
        await signIn(home, 'ana')
        assert.equal(await heading(home), 'Sign in faster next time')
        await home.click('button[name="skip"][value="yes"]')
        await home.waitForURL('**/if/user/')
        await home.goto(security)
        await home.click('a[href*="passkey-setup"]')
        assert.equal(await heading(home), 'Add a passkey')
        await home.click(MAIN)
        await home.waitForURL('**/if/user/security/')
        assert.match(await home.innerText('main'), /Chrome · Linux/)
        assert.match(await home.innerText('main'), /on one device alone/)
        const [held] = await device.held()
        assert.equal(held?.isResidentCredential, true)
        const told = await home.evaluate("fetch('/api/v1/me/authenticators').then((one) => one.text())")
        assert.match(String(told), /"kind":"webauthn"/)
        assert.doesNotMatch(String(told), /public_key|user_handle|last_challenge/)
        // One device makes no second one of the same account.
        await home.click('a[href*="passkey-setup"]')
        await home.click(MAIN)
        await home.waitForSelector('[data-problem="known"]:not([hidden])')
      },
    )

    await context.test(
      'E01 a button signs in by it without a name or a password, and F01 with a new cookie',
      async () => {
        await device.touched(false)
        await signOut(home)
        // So that the press alone is what does it.
        await home.addInitScript(
          'if (sessionStorage.quiet) PublicKeyCredential.isConditionalMediationAvailable = async () => false',
        )
        await home.evaluate("sessionStorage.quiet = 'yes'")
        await home.goto(portal)
        await device.touched(true)
        const cookie = async () => (await home.context().cookies()).find(({ name }) => name.endsWith('session'))?.value
        const before = await cookie()
        await home.click(USE)
        await home.waitForURL('**/if/user/')
        assert.notEqual(await cookie(), before)
        await home.evaluate('delete sessionStorage.quiet')
      },
    )

    await context.test('the browser offers it in the field of the name', async () => {
      await device.touched(false)
      await signOut(home)
      await device.touched(true)
      await home.goto(portal)
      await home.waitForURL('**/if/user/')
    })

    if (scheme === 'http') {
      await context.test(
        'it is two factors at once: an application that demands them asks for nothing more',
        async () => {
          await home.goto(wiki.url)
          assert.equal(await heading(home), 'Hello ana')
        },
      )
    }

    await context.test(
      'the flow without passwords asks for nothing else, and leads elsewhere whoever has none',
      async () => {
        const page = await newPage({ javaScriptEnabled: false })
        await page.goto(`${base}/if/flow/passwordless/`)
        assert.equal(await heading(page), 'Use your passkey')
        assert.match(await page.innerText('main'), /Passkeys need JavaScript/)
        assert.equal(await page.locator('input[name="username"]').count(), 0)
        await page.click('.off a')
        assert.equal(await heading(page), 'Sign in')
      },
    )

    await context.test('what is proven again is proven by it, or by the password where that is wanted', async () => {
      await home.goto(`${base}/if/flow/step-up/?next=/if/user/security/`)
      assert.equal(await heading(home), 'Use your passkey')
      await home.click(MAIN)
      await home.waitForURL('**/if/user/security/')
      await home.goto(`${base}/if/flow/step-up/?next=/if/user/security/`)
      await home.click('details.others summary')
      await home.click('button[name="password"]')
      assert.equal(await heading(home), 'Enter your password')
    })

    await context.test('one that was taken away signs nobody in, and says nothing about whom', async () => {
      await home.goto(security)
      await home.click('.edit summary')
      await home.fill('.edit[open] input[name="name"]', 'My laptop')
      await home.click('.edit[open] button')
      assert.match(await home.innerText('main'), /My laptop/)
      await home.locator('form[action$="remove/"] button').first().click()
      assert.doesNotMatch(await home.innerText('main'), /My laptop/)
      await device.touched(false)
      await signOut(home)
      await device.touched(true)
      await home.goto(portal)
      await home.waitForSelector('form > .note.bad')
      assert.match(await home.innerText('form > .note.bad'), /That passkey was not taken/)
      await device.remove()
    })

    await context.test('it is offered once after a password; a no is heard for ever, a yes is a passkey', async () => {
      const page = await newPage()
      const own = await virtualAuthenticator(page, 'passkey')
      await page.goto(portal)
      await signIn(page, 'bob')
      assert.equal(await heading(page), 'Sign in faster next time')
      await page.click('button[name="skip"][value="always"]')
      await page.waitForURL('**/if/user/')
      await signOut(page)
      await page.goto(portal)
      await signIn(page, 'bob')
      await page.waitForURL('**/if/user/')
      await signOut(page)
      await page.goto(portal)
      await signIn(page, 'eva')
      await page.click(MAIN)
      await page.waitForURL('**/if/user/')
      assert.equal((await own.held()).length, 1)
      // Nothing built in, nothing offered.
      const plain = await newPage()
      await plain.goto(portal)
      await signIn(plain, 'ida')
      await plain.waitForURL('**/if/user/')
    })

    await context.test(
      'E05 a key that checks nobody is a second factor, and recovery codes are the way back',
      async () => {
        const page = await newPage()
        const key = await virtualAuthenticator(page, 'key')
        await page.goto(portal)
        await signIn(page, 'ida')
        await page.goto(security)
        await page.click('a[href*="passkey-setup"]')
        await page.fill('input[name="name"]', 'Blue key')
        await page.click(MAIN)
        await page.waitForURL('**/if/user/security/')
        assert.match(await page.innerText('main'), /Blue key/)
        assert.match(await page.innerText('main'), /beside the password only/)
        await page.click('a[href*="recovery-codes-setup"]')
        const codes = await page.locator('.codes code').allInnerTexts()
        await page.check('input[name="kept"]')
        await page.click(MAIN)
        await signOut(page)
        await page.goto(portal)
        await signIn(page, 'ida')
        assert.equal(await heading(page), 'Use your passkey')
        await page.click(MAIN)
        await page.waitForURL('**/if/user/')
        // Lost.
        await signOut(page)
        await key.remove()
        await page.goto(portal)
        await signIn(page, 'ida')
        await page.click('details.others summary')
        await page.click('button[value="recovery-codes"]')
        await page.fill('input[name="code"]', codes[0] ?? '')
        await page.click(MAIN)
        await page.waitForURL('**/if/user/')
      },
    )
    assert.deepEqual(faults, [])
  })
}
