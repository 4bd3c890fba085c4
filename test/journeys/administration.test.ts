/** The way to the console of an administrator who has a password and nothing else (DESIGN §13). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authenticatorApp } from '../support/authenticator-app.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const PASSWORD = 'a quiet long passphrase'
const SETUP_LINK = /http:\S+\/if\/flow\/initial-setup\/\?token=\S+/
const heading = ({ page }: FormBrowser): string => page?.html.querySelector('h1')?.text.trim() ?? ''
const pathOf = ({ page }: FormBrowser): string => page?.url.pathname ?? ''

test('E19 whoever finished the first run is signed in, and sets a second factor up before administering anything', {
  timeout: 60_000,
}, async (context) => {
  const gatehouse = await startGatehouse(context)
  const [link] = await gatehouse.printed(SETUP_LINK)
  const browser = new FormBrowser()
  await browser.open(link)
  await browser.submit({ username: 'akadmin', email: 'a@example.com', password: PASSWORD, password_repeat: PASSWORD })
  assert.equal(pathOf(browser), '/if/user/')

  const cookie = () => `gatehouse_session=${browser.cookie(gatehouse.url, 'gatehouse_session')}`
  const api = async (path: string) => {
    const answer = await fetch(`${gatehouse.url}/api/v1${path}`, { headers: { cookie: cookie() } })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const refused = await api('/users')
  assert.equal(refused.status, 403)
  assert.equal(refused.body.code, 'step_up_required')
  const stepUp = String(refused.body.step_up)

  await browser.open(new URL(stepUp, gatehouse.url))
  await browser.submit({ password: PASSWORD })
  assert.equal(heading(browser), 'Set up an authenticator app')
  // Left, asked for by its own address, and gone round by the portal.
  await browser.open(`${gatehouse.url}/if/admin/`)
  assert.match(pathOf(browser), /\/if\/flow\/step-up\//)
  await browser.open(`${gatehouse.url}/if/user/`)
  assert.equal(pathOf(browser), '/if/user/')
  assert.equal((await api('/users')).status, 403)

  await browser.open(`${gatehouse.url}/if/admin/`)
  await browser.submit({ password: PASSWORD })
  const app = authenticatorApp(browser.page?.html.querySelector('code.key')?.text ?? '')
  await browser.submit({ code: app.nextCode() })
  assert.equal(pathOf(browser), '/api/v1/docs')
  assert.equal((await api('/users')).status, 200)
})

test('whoever may administer nothing is not let into the console, and is not asked for more', {
  timeout: 60_000,
}, async (context) => {
  const gatehouse = await startGatehouse(context, {
    config: `users:\n  ana: { name: Ana, password: { value: ${PASSWORD} } }\n`,
    environment: { GATEHOUSE_BOOTSTRAP_PASSWORD: PASSWORD },
  })
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}/if/user/`)
  await browser.submit({ username: 'ana' })
  await browser.submit({ password: PASSWORD })
  assert.equal(pathOf(browser), '/if/user/')
  const answer = await browser.open(`${gatehouse.url}/if/admin/`)
  assert.equal(answer.status, 403)
  assert.equal(answer.url.pathname, '/if/admin/')
})
