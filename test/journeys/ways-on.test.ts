/** No page is a dead end: each refusal says what happened and holds a way on, without script and in every language. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/ask.ts'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const ben = { username: 'ben', password: 'another quiet passphrase' }
const callback = 'https://wiki.example.com/callback'
const logo = 'https://pictures.example.com/brands/logo.svg'

const CONFIG = `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
  ben: { name: Ben, email: ben@example.com, password: { value: ${ben.password} } }
groups:
  writers: { name: Writers }
brands:
  default: { title: House, default: true, logo: '${logo}', flows: { sign_out: goodbye } }
flows:
  goodbye:
    name: Goodbye
    purpose: sign_out
    start: out
    nodes:
      out: { stage: user-logout, next: { ok: [{ to: end }] } }
applications:
  wiki:
    name: Wiki
    providers:
      oidc: { client_id: wiki, client_secret: { value: wiki-secret }, redirect_uris: ['${callback}'], consent: { mode: always } }
  vault:
    name: Vault
    access: { allow: { groups: [writers] } }
    providers:
      oidc: { client_id: vault, client_secret: { value: vault-secret }, redirect_uris: ['${callback}'] }
`

/** Where the one main act of a page leads. */
const wayOn = (page: Page): string => page.html.querySelector('main a.btn.main')?.getAttribute('href') ?? ''
const heading = (page: Page): string => page.html.querySelector('h1')?.text ?? ''

test('ways on', { timeout: 120_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, { config: CONFIG })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const authorize = (parameters: Record<string, string> = {}): string =>
    `${gatehouse.url}/application/o/authorize/?${new URLSearchParams({
      client_id: 'wiki',
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid email',
      ...parameters,
    })}`
  const newBrowser = (language = 'en') =>
    new FormBrowser({ stopAt: (url) => url.origin !== gatehouse.url, headers: { 'accept-language': language } })
  const arrived = (browser: FormBrowser) => {
    const url = browser.page?.url
    assert.equal(url && url.origin + url.pathname, callback, browser.page?.text.slice(0, 2000))
    assert.ok(url?.searchParams.has('code'))
  }
  const allow = (browser: FormBrowser) => browser.submit({}, { button: 'button[value="allow"]' })
  /** At the consent of the wiki, signed in as Ana. */
  const atConsent = async () => {
    const browser = newBrowser()
    await browser.open(authorize())
    await signIn(browser, ana)
    assert.match(browser.page?.url.pathname ?? '', /consent/)
    return browser
  }

  await context.test('a page that is not there, a client that nobody knows and a shut set-up lead on', async () => {
    for (const [address, status, way] of [
      ['/nowhere/', 404, '/if/user/'],
      ['/if/flow/nowhere/', 404, '/if/user/'],
      ['/application/o/authorize/?client_id=nobody', 400, '/if/user/'],
      ['/application/o/nowhere/end-session/', 404, '/if/user/'],
      ['/if/flow/initial-setup/?token=nothing', 403, '/if/user/'],
      ['/recovery/use-token/x/', 200, ''],
    ] as const) {
      const page = await newBrowser().open(gatehouse.url + address)
      assert.deepEqual([page.status, wayOn(page)], [status, way], address)
    }
    const used = newBrowser()
    await used.open(`${gatehouse.url}/recovery/use-token/x/`)
    assert.equal(wayOn(await used.submit()), '/if/user/')
    const setup = await newBrowser().open(`${gatehouse.url}/if/flow/initial-setup/`)
    assert.match(setup.text, /Set up already\?.*Not set up yet\?/s)
  })

  await context.test('the line for whoever looks after an application is in the language of the page', async () => {
    for (const [language, says] of [
      ['en', /No application has this <code class="ltr">client_id<\/code>\./],
      ['de', /Keine Anwendung hat diese <code class="ltr">client_id<\/code>\./],
      ['ar', /لا يوجد تطبيق له <code class="ltr">client_id<\/code> هذا\./],
    ] as const) {
      assert.match((await newBrowser(language).open(authorize({ client_id: 'nobody' }))).text, says)
    }
    const twice = await newBrowser('de').open(`${authorize()}&state=a&state=b`)
    assert.match(twice.text, /Der Parameter <code class="ltr">state<\/code> kam mehr als einmal\./)
    const none = await newBrowser().open(`${gatehouse.url}/application/o/authorize/`)
    assert.match(none.text, /The request has no <code class="ltr">client_id<\/code>\./)
  })

  await context.test('an attempt whose cookie or page is lost goes on to the same application', async () => {
    for (const lose of [
      (browser: FormBrowser) => browser.clearCookies(),
      (browser: FormBrowser) => browser.page?.html.querySelector('input[name="attempt"]')?.setAttribute('value', 's.A'),
    ]) {
      // Before the name was given, and in the address that follows it.
      for (const given of [0, 1]) {
        const browser = newBrowser()
        await browser.open(authorize())
        if (given === 1) await browser.submit({ username: ana.username })
        lose(browser)
        const page = await browser.submit(given === 1 ? { password: ana.password } : { username: ana.username })
        assert.ok([400, 403].includes(page.status), `answered ${page.status}`)
        await browser.click('main a.btn.main')
        await signIn(browser, ana)
        await allow(browser)
        arrived(browser)
      }
    }
  })

  await context.test('A46 what a form says of where it leads is judged as everywhere', async () => {
    for (const next of ['//evil.example/', 'https://evil.example/', '/if/flow/goodbye/', '/.//evil.example/']) {
      const address = `${gatehouse.url}/if/flow/sign-in/?next=${encodeURIComponent(next)}`
      const page = await newBrowser().post(address, new URLSearchParams({ attempt: 's.A', step: '0' }))
      assert.equal(wayOn(page), '/if/flow/sign-in/?next=%2Fif%2Fuser%2F', next)
    }
  })

  await context.test('H03 an attempt opened in another browser tells it nothing but what it brought', async () => {
    const browser = newBrowser()
    const { html } = await browser.open(authorize({ state: 'private' }))
    const attempt = html.querySelector('input[name="attempt"]')?.getAttribute('value') ?? ''
    const other = await newBrowser().open(`${gatehouse.url}/if/flow/sign-in/?attempt=${encodeURIComponent(attempt)}`)
    assert.deepEqual([other.status, wayOn(other)], [403, '/if/user/'])
    assert.doesNotMatch(other.text, /private|wiki/i)
  })

  await context.test('signed out while a consent was open: says so, and signing in goes on to it', async () => {
    const browser = await atConsent()
    const consent = browser.page
    const other = newBrowser()
    for (const name of ['gatehouse_session', 'gatehouse_browser']) {
      other.setCookie(gatehouse.url, name, browser.cookie(gatehouse.url, name) ?? '')
    }
    await other.open(`${gatehouse.url}/if/user/devices/`)
    await other.submit({}, { form: 'form.acts' })
    assert.equal(browser.page, consent)
    const page = await allow(browser)
    assert.deepEqual([page.status, heading(page)], [403, 'You were signed out meanwhile'])
    assert.equal(page.html.querySelector('main a.btn.main')?.text, 'Sign in again')
    await browser.click('main a.btn.main')
    await signIn(browser, ana)
    await allow(browser)
    arrived(browser)
  })

  await context.test('a consent names who is signed in, and "Not you?" leads to it as somebody else', async () => {
    const browser = await atConsent()
    assert.match(browser.page?.html.querySelector('.under')?.text ?? '', /Signed in as ana\. Not you\?/)
    const out = await browser.click('.under a')
    assert.equal(out.url.pathname, '/if/flow/goodbye/')
    await browser.submit({}, { button: 'button[name="confirm"]' })
    await signIn(browser, ben)
    assert.match(browser.page?.html.querySelector('.under')?.text ?? '', /Signed in as ben\./)
    await allow(browser)
    arrived(browser)
  })

  await context.test('a denial leads to another account by the flow that signs out at this brand', async () => {
    const browser = newBrowser()
    await browser.open(authorize({ client_id: 'vault' }))
    const page = await signIn(browser, ana)
    assert.equal(page.status, 403)
    const links = page.html.querySelectorAll('main a.btn').map((link) => link.getAttribute('href') ?? '')
    assert.match(links[1] ?? '', /^\/if\/flow\/goodbye\/\?next=%2Fapplication%2Fo%2Fauthorize%2F/)
    await browser.click('main a.btn + a.btn')
    await browser.submit({}, { button: 'button[name="confirm"]' })
    assert.equal(heading(await signIn(browser, ben)), 'This is not open to you')
  })

  await context.test("pages may load the brand's logo from its origin alone", async () => {
    const browser = newBrowser()
    for (const address of [`${gatehouse.url}/if/user/`, `${gatehouse.url}/nowhere/`, authorize({ client_id: 'x' })]) {
      const policy = String((await browser.open(address)).headers['content-security-policy'])
      assert.match(policy, /; img-src 'self' data: https:\/\/pictures\.example\.com; /)
    }
    await browser.open(`${gatehouse.url}/if/user/`)
    const portal = await signIn(browser, ana)
    assert.match(portal.text, new RegExp(`<img src="${logo}" alt=""`))
    assert.match(
      String(portal.headers['content-security-policy']),
      /img-src 'self' data: https:\/\/pictures\.example\.com;/,
    )
  })

  await context.test('a page asked for by a wrong method says which it takes (RFC 9110 §15.5.6)', async () => {
    for (const [method, address, allow] of [
      ['POST', '/if/user/', 'GET, HEAD'],
      ['GET', '/if/user/devices/end/', 'POST'],
      ['DELETE', '/if/flow/sign-in/', 'GET, HEAD, POST'],
      ['GET', '/application/o/token/', 'POST, OPTIONS'],
      ['PUT', '/application/o/authorize/', 'GET, HEAD, POST'],
      ['POST', '/application/o/wiki/jwks/', 'GET, HEAD'],
    ] as const) {
      const answer = await ask(gatehouse.url + address, { method })
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow], `${method} ${address}`)
    }
    // A form of the portal, sent once nobody is signed in any more, leads to its page and not to the form's address.
    const answer = await ask(`${gatehouse.url}/if/user/devices/end/`, { method: 'POST' })
    assert.equal(answer.headers.location, '/if/flow/sign-in/?next=%2Fif%2Fuser%2Fdevices%2F')
  })
})
