/** Attacks on sign-in, sign-out and the pages around them, against the running server. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const ANA = { username: 'ana', password: 'a quiet long passphrase' }
const CONFIG = `
groups:
  admins: { name: Admins, roles: [administrator] }
users:
  ana: { name: Ana, email: ana@example.com, groups: [admins], password: { value: ${ANA.password} } }
  ben: { name: Ben, email: ben@example.com, password: { value: another quiet passphrase } }
applications:
  vault:
    name: Vault
    launch_url: https://vault.internal.example.com/漢/%(username)s
    access: { allow: { groups: [admins] } }
`
const SESSION = 'gatehouse_session'

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env: gatehouse.environment, encoding: 'utf8' })

const statusWith = async (gatehouse: Gatehouse, cookie: string) => {
  const browser = new FormBrowser()
  browser.setCookie(gatehouse.url, SESSION, cookie)
  return (await browser.open(`${gatehouse.url}/if/user/devices/`)).url.pathname
}

test('attacks on the doors of the house', { timeout: 60_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, { config: CONFIG })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const enter = async (person: { username: string; password: string }, next = '/if/user/') => {
    const browser = new FormBrowser({ stopAt: (url) => url.origin !== gatehouse.url })
    await browser.open(`${gatehouse.url}/if/flow/sign-in/?next=${encodeURIComponent(next)}`)
    await signIn(browser, person)
    return browser
  }

  await context.test('A46 a sign-in never leads to another host, however its address is dotted', async () => {
    for (const next of ['/.//evil.example/', '/x/..//evil.example/', '/%2e//evil.example/']) {
      const browser = await enter(ANA, next)
      assert.equal(browser.page?.url.origin, gatehouse.url, next)
      // And for who is signed in already.
      const again = await browser.open(`${gatehouse.url}/if/flow/sign-in/?next=${encodeURIComponent(next)}`)
      assert.equal(again.url.origin, gatehouse.url, next)
    }
  })

  await context.test('H02 what every object has is no flow, and leads to none', async () => {
    for (const slug of ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty']) {
      const { status, url } = await new FormBrowser().open(`${gatehouse.url}/if/flow/${slug}/`)
      assert.deepEqual([status, url.pathname], [404, `/if/flow/${slug}/`])
    }
  })

  await context.test('I08 tells nobody where an application is that they may not open', async () => {
    const ben = await enter({ username: 'ben', password: 'another quiet passphrase' })
    const refused = await ben.open(`${gatehouse.url}/application/launch/vault/`)
    assert.equal(refused.url.origin, gatehouse.url)
    assert.equal(refused.status, 404)
    const ana = await enter(ANA)
    const led = await ana.open(`${gatehouse.url}/application/launch/vault/`)
    assert.equal(led.url.host, 'vault.internal.example.com')
  })

  await context.test('F01 the session before a recovery link is dead after it', async () => {
    const browser = await enter(ANA)
    const before = browser.cookie(gatehouse.url, SESSION) ?? ''
    assert.equal(await statusWith(gatehouse, before), '/if/user/devices/')
    const link = run(gatehouse, 'recover', 'ben').stdout.split('\n')[0] ?? ''
    await browser.open(link)
    const arrived = await browser.submit()
    assert.equal(arrived.url.pathname, '/if/user/')
    assert.match(arrived.text, /Ben/)
    assert.notEqual(await statusWith(gatehouse, before), '/if/user/devices/')
  })

  await context.test(
    'G12 G03 a recovery link needs a press of the button, works once, and from our own page only',
    async () => {
      const link = run(gatehouse, 'recover', 'ana').stdout.split('\n')[0] ?? ''
      const scanner = new FormBrowser()
      assert.equal((await scanner.open(link)).status, 200)
      assert.equal(scanner.cookie(gatehouse.url, SESSION), undefined)
      const elsewhere = await scanner.post(link, new URLSearchParams(), { 'sec-fetch-site': 'cross-site' })
      assert.equal(elsewhere.status, 403)
      const ana = new FormBrowser()
      await ana.open(link)
      assert.equal((await ana.submit()).url.pathname, '/if/user/')
      assert.equal((await scanner.post(link, new URLSearchParams())).status, 403)
    },
  )

  await context.test('A48 opening the sign-out page signs nobody out', async () => {
    const browser = await enter(ANA)
    const cookie = browser.cookie(gatehouse.url, SESSION) ?? ''
    for (const path of ['/if/flow/sign-out/', '/flows/-/default/invalidation/'])
      await browser.open(gatehouse.url + path)
    assert.equal(await statusWith(gatehouse, cookie), '/if/user/devices/')
  })

  await context.test(
    'F05 F09 refuses forms from elsewhere, and those without a word on where they come from',
    async () => {
      const browser = await enter(ANA)
      const headers = [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
        { 'sec-fetch-site': 'none' },
      ]
      for (const path of ['/if/user/devices/end-all/', '/if/flow/sign-in/', '/if/flow/sign-out/']) {
        for (const one of headers) {
          assert.equal((await browser.post(gatehouse.url + path, new URLSearchParams(), one)).status, 403, path)
        }
      }
      const bare = await fetch(`${gatehouse.url}/if/user/devices/end-all/`, {
        method: 'POST',
        headers: { cookie: `${SESSION}=${browser.cookie(gatehouse.url, SESSION)}`, origin: 'null' },
        body: new URLSearchParams(),
      })
      assert.equal(bare.status, 403)
    },
  )
  assert.doesNotMatch(gatehouse.output(), /a request failed/)
})
