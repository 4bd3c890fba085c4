/** Attacks on the first run, against the running server: whoever holds an older link, or none, becomes nobody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormBrowser } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'

const SETUP_LINK = /http:\S+\/if\/flow\/initial-setup\/\?token=\S+/
const MALLORY = { username: 'mallory', email: 'mallory@example.com' }
const ANA = { username: 'ana', email: 'ana@example.com' }
const PASSWORD = { password: 'a quiet long passphrase', password_repeat: 'a quiet long passphrase' }

test('G03 G10 a set-up page that an older link opened is as dead as that link once a newer one was made', {
  timeout: 60_000,
}, async (context) => {
  const gatehouse = await startGatehouse(context)
  const [older] = await gatehouse.printed(SETUP_LINK)
  const mallory = new FormBrowser()
  assert.equal((await mallory.open(older)).status, 200)
  await gatehouse.kill('SIGTERM')
  await gatehouse.restart()
  const [newer] = await gatehouse.printed(SETUP_LINK)
  assert.notEqual(newer, older)

  const refused = await mallory.submit({ ...MALLORY, ...PASSWORD })
  assert.equal(refused.status, 403)
  assert.match(refused.text, /does not open anything/)
  assert.equal((await new FormBrowser().open(older)).status, 403)

  const ana = new FormBrowser()
  await ana.open(newer)
  const arrived = await ana.submit({ ...ANA, ...PASSWORD })
  assert.equal(arrived.url.pathname, '/if/user/')
  assert.match(arrived.text, />ana</)
})
