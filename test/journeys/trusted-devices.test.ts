/** "Don't ask here for 30 days": a browser that stands for a second factor, and what ends that. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type AuthenticatorApp, authenticatorApp } from '../support/authenticator-app.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'

const PASSWORD = 'a quiet long passphrase'
const OTHER = 'another quiet passphrase'
const TOKEN = 'a-token-for-a-test-of-trust'
const COOKIE = 'gatehouse_trust'

const application = (slug: string, assurance: string): string => `
  ${slug}:
    name: ${slug}
    access: { assurance: ${assurance} }
    providers:
      oidc: { client_id: ${slug}, client_secret: { value: ${slug}-secret }, redirect_uris: [https://${slug}.example.com/cb], consent: { mode: implicit } }`

const config = `
users:
  ana: { name: Ana Example, password: { value: ${PASSWORD} } }
  bob: { name: Bob Example, password: { value: ${PASSWORD} } }
applications:${application('vault', '{ mfa: required }')}${application('strict', '{ mfa: required, max_age: 8h }')}
`

const start = async (context: TestContext) => {
  const environment = { GATEHOUSE_BOOTSTRAP_PASSWORD: PASSWORD, GATEHOUSE_BOOTSTRAP_TOKEN: TOKEN }
  const gatehouse = await startGatehouse(context, { config, environment })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const api = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${gatehouse.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path} ${answer.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return { gatehouse, api }
}

const newBrowser = () => new FormBrowser({ stopAt: (url) => url.host.endsWith('.example.com') })
const heading = ({ page }: FormBrowser): string => page?.html.querySelector('h1')?.text.trim() ?? ''

/** Up to what follows the password. */
const signIn = async (
  browser: FormBrowser,
  gatehouse: Gatehouse,
  slug: string,
  username: string,
  password = PASSWORD,
) => {
  const request = {
    client_id: slug,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: `https://${slug}.example.com/cb`,
  }
  await browser.open(`${gatehouse.url}/application/o/authorize/?${new URLSearchParams(request)}`)
  await browser.submit({ username })
  await browser.submit({ password })
}
const isIn = ({ page }: FormBrowser): boolean => page?.url.searchParams.has('code') === true
const signedOut = (browser: FormBrowser, gatehouse: Gatehouse): FormBrowser => {
  const next = newBrowser()
  const trust = browser.cookie(gatehouse.url, COOKIE)
  if (trust !== undefined) next.setCookie(gatehouse.url, COOKIE, trust)
  return next
}

/** Sets an authenticator app up at the vault, which demands one. */
const enrol = async (gatehouse: Gatehouse, username: string, password = PASSWORD): Promise<AuthenticatorApp> => {
  const browser = newBrowser()
  await signIn(browser, gatehouse, 'vault', username, password)
  const app = authenticatorApp(browser.page?.html.querySelector('code.key')?.text ?? '')
  await browser.submit({ code: app.nextCode() })
  assert.ok(isIn(browser), heading(browser))
  return app
}

/** Signs in at a browser of its own, and has it trusted. */
const trusted = async (
  gatehouse: Gatehouse,
  username: string,
  app: AuthenticatorApp,
  password = PASSWORD,
): Promise<FormBrowser> => {
  const browser = newBrowser()
  await signIn(browser, gatehouse, 'vault', username, password)
  assert.equal(heading(browser), 'Enter your code')
  await browser.submit({ code: app.nextCode(), trust: 'yes' })
  assert.ok(isIn(browser), heading(browser))
  return browser
}

test('no browser is trusted where the flow does not offer it', { timeout: 60_000 }, async (context) => {
  const { gatehouse } = await start(context)
  const app = await enrol(gatehouse, 'ana')
  const browser = await trusted(gatehouse, 'ana', app)
  assert.doesNotMatch(browser.page?.text ?? '', /name="trust"/)
  assert.equal(browser.cookie(gatehouse.url, COOKIE), undefined)
})

test('E23 a trusted browser stands for the second factor of its person alone, until something ends that', {
  timeout: 120_000,
}, async (context) => {
  const { gatehouse, api } = await start(context)
  await api('PATCH', '/flows/sign-in', {
    nodes: { 'authenticator-validate': { settings: { remember_device: '30d' } } },
  })
  const bobs = await enrol(gatehouse, 'bob')
  let home = await trusted(gatehouse, 'ana', await enrol(gatehouse, 'ana'))
  const again = async (username = 'ana', slug = 'vault', password = PASSWORD): Promise<FormBrowser> => {
    const browser = signedOut(home, gatehouse)
    await signIn(browser, gatehouse, slug, username, password)
    return browser
  }

  await context.test('the code is not asked for there again, and the password is', async () => {
    assert.ok(isIn(await again()))
    const wrong = signedOut(home, gatehouse)
    await signIn(wrong, gatehouse, 'vault', 'ana', 'not the passphrase')
    assert.ok(!isIn(wrong))
    const elsewhere = newBrowser()
    await signIn(elsewhere, gatehouse, 'vault', 'ana')
    assert.equal(heading(elsewhere), 'Enter your code')
  })

  await context.test("one person's browser is not another's", async () => {
    assert.equal(heading(await again('bob')), 'Enter your code')
    const both = await again('bob')
    await both.submit({ code: bobs.nextCode(), trust: 'yes' })
    home = both
    assert.ok(isIn(await again('bob')), 'two people may trust one browser')
    assert.ok(isIn(await again('ana')))
  })

  await context.test('an application that says how fresh a sign-in must be has it proven', async () => {
    assert.equal(heading(await again('ana', 'strict')), 'Enter your code')
  })

  await context.test('the portal lists it, and forgets it for whoever is asked to', async () => {
    const browser = await again()
    await browser.open(`${gatehouse.url}/if/user/devices/`)
    assert.match(browser.page?.text ?? '', /not asked for a second factor/)
    await browser.submit({}, { form: 'form[action$="/devices/forget/"]' })
    assert.doesNotMatch(browser.page?.text ?? '', /not asked for a second factor/)
    assert.equal(heading(await again()), 'Enter your code')
    assert.ok(isIn(await again('bob')), 'his stands')
  })

  await context.test('an administrator has it forgotten', async () => {
    const { items } = await api('GET', '/users/bob/trusted_devices')
    assert.equal(items.length, 1)
    await api('DELETE', `/users/bob/trusted_devices/${items[0].id}`)
    assert.equal(heading(await again('bob')), 'Enter your code')
  })

  /** With an app that has shown no code yet: it shows each once, and a server takes those of the present alone. */
  const anew = async (password = PASSWORD): Promise<FormBrowser> => {
    for (const { id } of (await api('GET', '/users/ana/authenticators')).items) {
      await api('DELETE', `/users/ana/authenticators/${id}`)
    }
    return trusted(gatehouse, 'ana', await enrol(gatehouse, 'ana', password), password)
  }

  await context.test('it ends with the authenticator that it was trusted beside', async () => {
    home = await anew()
    assert.ok(isIn(await again()))
    const [held] = (await api('GET', '/users/ana/authenticators')).items
    await api('DELETE', `/users/ana/authenticators/${held.id}`)
    assert.equal((await api('GET', '/users/ana/trusted_devices')).items.length, 0)
    await enrol(gatehouse, 'ana')
    assert.equal(heading(await again()), 'Enter your code')
  })

  await context.test('it ends with the password', async () => {
    home = await anew()
    assert.ok(isIn(await again()))
    await api('POST', '/users/ana/reset_password', { password: { value: OTHER, must_change: false } })
    assert.equal(heading(await again('ana', 'vault', OTHER)), 'Enter your code')
  })

  await context.test('it is no longer taken once the flow offers it no more', async () => {
    home = await anew(OTHER)
    assert.ok(isIn(await again('ana', 'vault', OTHER)))
    await api('PATCH', '/flows/sign-in', {
      nodes: { 'authenticator-validate': { settings: { remember_device: '0s' } } },
    })
    assert.equal(heading(await again('ana', 'vault', OTHER)), 'Enter your code')
  })
})
