/** Policies in a running house: who is turned away and told what, `gatehouse why` by the code, and `gatehouse test`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { test } from 'node:test'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const ANA = { username: 'ana', password: 'a quiet long passphrase' }
const CALLBACK = 'https://app.example.com/cb'
const application = (name: string, access: string) => `
  ${name}:
    name: ${name}
    access: ${access}
    providers:
      oidc: { client_id: ${name}, client_secret: { value: s }, redirect_uris: [${CALLBACK}], consent: { mode: implicit } }
`
const CONFIG = `
users:
  ana: { name: Ana, password: { value: ${ANA.password} } }
policies:
  office: { kind: network, settings: { allowed: [192.0.2.0/24] } }
  own: { kind: known-device, settings: { known_for: 0s } }
  calm: { kind: reputation, settings: { network: 3 } }
applications:
${application('grafana', '{ policies: [office] }')}
${application('wiki', '{ policies: [own] }')}
${application('calmly', '{ policies: [calm] }')}
`

const run = (gatehouse: Gatehouse, ...args: string[]) =>
  spawnSync(process.execPath, ['src/cli/main.ts', ...args], { cwd: root, env: gatehouse.environment, encoding: 'utf8' })

test('policies decide at the door, explain themselves by a code, and are tested without a server', {
  timeout: 120_000,
}, async (context) => {
  const gatehouse = await startGatehouse(context, {
    config: CONFIG,
    environment: { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32', GATEHOUSE_ALLOW_HTTP: 'true' },
  })
  const at = (address: string) =>
    new FormBrowser({ headers: { 'x-forwarded-for': address }, stopAt: (url) => url.href.startsWith(CALLBACK) })
  const authorize = (client: string) => {
    const parameters = { client_id: client, response_type: 'code', scope: 'openid', redirect_uri: CALLBACK }
    const pkce = {
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update('a verifier').digest('base64url'),
    }
    return `${gatehouse.url}/application/o/authorize/?${new URLSearchParams({ ...parameters, ...pkce })}`
  }
  const isIn = (page: Page) => page.url.searchParams.has('code')
  const enter = async (browser: FormBrowser) => {
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    await signIn(browser, ANA)
  }

  const outside = at('198.51.100.7')
  await enter(outside)
  const denied = await outside.open(authorize('grafana'))
  assert.equal(denied.status, 403, denied.url.href)
  assert.match(denied.text, /It is not open from this network\./)
  assert.doesNotMatch(denied.text, /192\.0\.2|office/, 'the person is not told which rule there is')
  const code = /GH-[0-9A-Z]{4}/.exec(denied.text)?.[0] ?? assert.fail('no code')

  for (const typed of [code, code.toLowerCase(), code.slice(3)]) {
    const told = run(gatehouse, 'why', typed)
    assert.equal(told.status, 0, told.stderr)
    assert.match(told.stdout, new RegExp(`^${code}: .*ana at grafana, from 198\\.51\\.100\\.7`))
    assert.match(told.stdout, /no {3}The policy "office" does not hold: .*ip = "198\.51\.100\.7"/)
    assert.match(told.stdout, /What would let them in: Come from one of the networks/)
  }
  assert.equal(run(gatehouse, 'why', 'GH-0000').status, 1)
  assert.equal(run(gatehouse, 'why', 'nonsense').status, 2)

  const office = at('192.0.2.7')
  await enter(office)
  assert.ok(isIn(await office.open(authorize('grafana'))))

  // The browser is known from its second sign-in on.
  assert.equal((await office.open(authorize('wiki'))).status, 403)
  await office.open(`${gatehouse.url}/if/flow/sign-out/`)
  await office.submit({}, { button: 'button[name="confirm"]' })
  await enter(office)
  assert.ok(isIn(await office.open(authorize('wiki'))))

  // Three wrong tries from a network: its strangers are kept out, and whoever has a browser that is known is not.
  const stranger = at('203.0.113.9')
  await enter(stranger)
  assert.ok(isIn(await stranger.open(authorize('calmly'))))
  for (let count = 0; count < 3; count += 1) {
    const guessing = at('203.0.113.8')
    await guessing.open(`${gatehouse.url}/if/flow/sign-in/`)
    await guessing.submit({ username: `nobody${count}` })
    await guessing.submit({ username: `nobody${count}`, password: 'not this one' })
  }
  assert.ok(isIn(await stranger.open(authorize('calmly'))), 'M16 known by now')
  stranger.setCookie(gatehouse.url, 'gatehouse_device', '')
  stranger.setCookie(gatehouse.url, '__Host-gatehouse_device', '')
  assert.equal((await stranger.open(authorize('calmly'))).status, 403)

  const tests = 'tests:\n  - ana can open grafana from office\n  - ana cannot open grafana from 198.51.100.7\n'
  gatehouse.writeConfig(CONFIG + tests)
  const alone = run(gatehouse, 'test', '--alone')
  assert.equal(alone.status, 0, alone.stdout + alone.stderr)
  assert.match(alone.stdout, /2 run, 0 failed\.$/m)
  gatehouse.writeConfig(`${CONFIG}${tests}  - ana can open grafana\n`)
  const failing = run(gatehouse, 'test', path.join(gatehouse.folder, 'gatehouse.yaml'))
  assert.equal(failing.status, 1)
  assert.match(failing.stdout, /^FAIL ana can open grafana$/m)
  await gatehouse.printed(/A policy test fails; nothing was changed\./)
})
