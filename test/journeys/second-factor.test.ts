/** A second factor from its set-up to the day on which the telephone is lost, in a real browser without script. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { authenticatorApp } from '../support/authenticator-app.ts'
import { openBrowser, watchRequests } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { openClientApp } from './client-app.ts'

const browser = await openBrowser()
after(() => browser?.close())
const skip = browser === null && 'needs Debian packages'

const PASSWORD = 'a quiet long passphrase'
const MAIN = 'button.main'
const heading = (page: Page) => page.locator('h1').innerText()

test('a second factor is asked for where an application demands it, and saves whoever loses it', {
  skip,
  timeout: 180_000,
}, async (context) => {
  if (!browser) throw new Error('no browser')
  const wiki = await openClientApp({ id: 'wiki', secret: 'wiki-secret', slug: 'wiki' })
  const vault = await openClientApp({ id: 'vault', secret: 'vault-secret', slug: 'vault' })
  context.after(() => Promise.all([wiki.close(), vault.close()]))
  const application = (slug: string, app: typeof wiki, more = '') => `
  ${slug}:
    name: ${slug}
    providers:
      oidc: { client_id: ${slug}, client_secret: { value: ${slug}-secret }, redirect_uris: [${app.callback}], consent: { mode: implicit } }
${more}`
  const gatehouse = await startGatehouse(context, {
    config: `
users:
  ana: { name: Ana Example, password: { value: ${PASSWORD} } }
applications:${application('wiki', wiki)}${application('vault', vault, '    access: { assurance: { mfa: required } }')}
`,
  })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  for (const app of [wiki, vault]) app.listenTo(gatehouse.url)

  const faults: string[] = []
  const newPage = async (): Promise<Page> => {
    const visit = await browser.newContext({ javaScriptEnabled: false })
    context.after(() => visit.close())
    const page = await visit.newPage()
    watchRequests(page, faults)
    return page
  }
  const givePassword = async (page: Page) => {
    await page.fill('input[name="password"]', PASSWORD)
    await page.click(MAIN)
  }
  const signIn = async (page: Page) => {
    await page.fill('input[name="username"]', 'ana')
    await page.click(MAIN)
    await givePassword(page)
  }
  const giveCode = async (page: Page, code: string) => {
    await page.fill('input[name="code"]', code)
    await page.click(MAIN)
  }
  const home = await newPage()
  let codes: string[] = []

  await context.test('an application that does not ask for it lets in with the password alone', async () => {
    await home.goto(wiki.url)
    await signIn(home)
    assert.equal(await heading(home), 'Hello ana')
  })

  await context.test('E19 the one that asks has it set up at once, and no way round leads past it', async () => {
    await home.goto(vault.url)
    await givePassword(home)
    assert.equal(await heading(home), 'Set up an authenticator app')
    // Left, begun anew, and asked for by its own address.
    await home.click('button[name="cancel"]')
    assert.equal(await heading(home), 'You cannot go on here')
    await home.goto(vault.url)
    assert.ok(new URL(home.url()).pathname.startsWith('/if/flow/step-up/'), home.url())
    const elsewhere = await newPage()
    await elsewhere.goto(vault.url)
    await signIn(elsewhere)
    assert.equal(await heading(elsewhere), 'Set up an authenticator app')
    await elsewhere.goto(`${gatehouse.url}/if/user/`)
    assert.ok(new URL(elsewhere.url()).pathname.startsWith('/if/flow/sign-in/'), 'nobody is signed in half')
  })

  await context.test('it is set up by the key that the page tells, and lets in then', async () => {
    await givePassword(home)
    await home.click('details.by-hand summary')
    const app = authenticatorApp(await home.innerText('code.key'))
    await home.fill('input[name="name"]', 'Work phone')
    await giveCode(home, '000000')
    assert.match(await home.innerText('[role="alert"]'), /not the code for this key/)
    assert.equal(await home.inputValue('input[name="name"]'), 'Work phone')
    const code = app.nextCode()
    await giveCode(home, `${code.slice(0, 3)} ${code.slice(3)}`)
    assert.equal(await heading(home), 'Hello ana')

    // Elsewhere it is asked for.
    const other = await newPage()
    await other.goto(vault.url)
    await signIn(other)
    assert.equal(await heading(other), 'Enter your code')
    assert.equal(await other.getAttribute('input[name="code"]', 'autocomplete'), 'one-time-code')
    assert.equal(await other.getAttribute('input[name="code"]', 'inputmode'), 'numeric')
    // E12: the code that set it up is used.
    await giveCode(other, code)
    assert.match(await other.innerText('[role="alert"]'), /not right, or was used before/)
    await giveCode(other, app.nextCode())
    assert.equal(await heading(other), 'Hello ana')
  })

  await context.test('E22 nothing tells the key again; recovery codes are shown once', async () => {
    await home.goto(`${gatehouse.url}/if/user/security/`)
    assert.match(await home.innerText('main'), /Work phone/)
    assert.doesNotMatch(await home.content(), /otpauth|qr/i)
    await home.click('a[href*="recovery-codes-setup"]')
    codes = await home.locator('.codes code').allInnerTexts()
    assert.equal(codes.length, 10)
    await home.check('input[name="kept"]')
    await home.click(MAIN)
    assert.match(await home.innerText('main'), /10 codes left/)
    await home.goBack()
    assert.doesNotMatch(await home.content(), new RegExp(codes[0] ?? 'none'))
  })

  await context.test('E16 a recovery code lets in once', async () => {
    const [first = ''] = codes
    const attempt = async (code: string): Promise<Page> => {
      const page = await newPage()
      await page.goto(vault.url)
      await signIn(page)
      await page.click('details.others summary')
      await page.click('button[value="recovery-codes"]')
      await giveCode(page, code)
      return page
    }
    assert.equal(await heading(await attempt(first.toUpperCase())), 'Hello ana')
    const again = await attempt(first)
    assert.match(await again.innerText('[role="alert"]'), /not right, or was used before/)
    await home.goto(`${gatehouse.url}/if/user/security/`)
    assert.match(await home.innerText('main'), /9 codes left/)
  })

  await context.test(
    'F01 taking one away needs no script, names what is taken, and gives the session a new cookie',
    async () => {
      const cookie = async () => (await home.context().cookies()).find(({ name }) => name.endsWith('session'))?.value
      const before = await cookie()
      await home.click('.edit summary >> nth=0')
      await home.fill('.edit[open] input[name="name"]', 'Old phone')
      await home.click('.edit[open] button')
      assert.match(await home.innerText('main'), /Old phone/)
      await home.locator('form[action$="remove/"] button').first().click()
      assert.doesNotMatch(await home.innerText('main'), /Old phone/)
      assert.notEqual(await cookie(), before)
    },
  )
  assert.deepEqual(faults, [])
})
