/** Passwords that are due, weak, leaked or had before: as a person without script meets them, over a real server. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { buildBreachedFilter } from '../../src/ops/build-breached-filter.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const OLD = 'a quiet long passphrase'
const NEW = 'seven lanterns over water'
const config = `
groups:
  admins: { name: Admins, roles: [administrator] }
settings:
  instance: { password: { history: 2, check_breached: true } }
users:
  root: { name: Root, email: root@example.com, groups: [admins], password: { value: ${OLD} } }
  ana: { name: Ana, email: ana@example.com, password: { value: ${OLD}, must_change: true } }
  bea: { name: Bea, email: bea@example.com, password: { value: ${OLD} } }
`
const come = async (gatehouse: Gatehouse, username: string, password: string, at = '/if/flow/sign-in/') => {
  const browser = new FormBrowser()
  await browser.open(`${gatehouse.url}${at}`)
  const page = await signIn(browser, { username, password })
  return { browser, page }
}
const set = (browser: FormBrowser, password: string) => browser.submit({ password, password_repeat: password })

test('passwords that have to be changed', { timeout: 120_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, { config })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const filter = path.join(gatehouse.environment.GATEHOUSE_DATA_DIR ?? assert.fail(), 'breached.filter')

  await context.test('no new password is taken while leaked ones cannot be told, and the log says why', async () => {
    const { browser, page } = await come(gatehouse, 'ana', OLD)
    // The form of the new password is filled in by the same walk: it is asked for in place of the portal.
    assert.match(page.text, /Choose a new password/)
    assert.match((await set(browser, NEW)).text, /cannot be checked now/)
    assert.match(gatehouse.output(), /no new password is taken: the filter of leaked passwords is not there/)
  })

  await context.test('one that is due leads to the choice of another, and no other page opens before', async () => {
    const list = path.join(path.dirname(filter), 'list.txt')
    writeFileSync(list, 'sufficiently odd but leaked\n')
    await buildBreachedFilter(list, filter)
    const { browser, page } = await come(gatehouse, 'ana', OLD)
    assert.match(page.text, /has to be changed before you go on/)
    const elsewhere = await new FormBrowser().open(`${gatehouse.url}/if/user/`)
    assert.equal(elsewhere.url.pathname, '/if/flow/sign-in/')
    assert.match((await set(browser, 'password123')).text, /others try first/)
    assert.match((await set(browser, 'sufficiently odd but leaked')).text, /leaked elsewhere/)
    assert.match((await set(browser, OLD)).text, /had this password before/)
    const done = await set(browser, NEW)
    assert.equal(done.url.pathname, '/if/user/')
    assert.doesNotMatch(gatehouse.output(), /seven lanterns/)
  })

  await context.test('F13 the new one signs in from then on, the old one nowhere', async () => {
    assert.equal((await come(gatehouse, 'ana', NEW)).page.url.pathname, '/if/user/')
    assert.notEqual((await come(gatehouse, 'ana', OLD)).page.url.pathname, '/if/user/')
  })

  await context.test('the well-known address leads through the sign-in to the change, and back', async () => {
    const other = await come(gatehouse, 'bea', OLD)
    const { browser, page } = await come(gatehouse, 'bea', OLD, '/.well-known/change-password')
    assert.equal(page.url.pathname, '/if/flow/password-change/')
    assert.equal((await set(browser, NEW)).url.pathname, '/if/user/security/')
    assert.match(browser.page?.text ?? '', /Change your password/)
    assert.equal((await other.browser.open(`${gatehouse.url}/if/user/`)).url.pathname, '/if/flow/sign-in/')
  })
})
