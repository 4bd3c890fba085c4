/** Two servers on one PostgreSQL: either may die at any moment, and what one was told the other knows within a second. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { fetchJson } from '../support/fetch-json.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'
import { postgresDatabase } from '../support/stores.ts'
import { openTurningProxy } from './turning-proxy.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const redirect = 'https://wiki.example.com/callback'
const config = (name: string) => `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  wiki:
    name: ${name}
    providers:
      oidc: { client_id: wiki, client_secret: { value: wiki-secret }, redirect_uris: [${redirect}] }
`
const SECOND = 1_000

const start = async (context: TestContext) => {
  const database = await postgresDatabase()
  const proxy = await openTurningProxy()
  context.after(async () => {
    await proxy.close()
    await database.drop()
  })
  const environment = {
    GATEHOUSE_DATABASE_URL: database.url,
    GATEHOUSE_SECRET_KEY: randomBytes(36).toString('base64'),
    GATEHOUSE_PUBLIC_URL: proxy.url,
    GATEHOUSE_BOOTSTRAP_TOKEN: randomBytes(24).toString('hex'),
    GATEHOUSE_BOOTSTRAP_PASSWORD: 'another long quiet passphrase',
  }
  const first = await startGatehouse(context, { config: config('Wiki'), environment })
  const second = await startGatehouse(context, { environment })
  proxy.serve([first.url, second.url])
  const headers = {
    authorization: `Bearer ${environment.GATEHOUSE_BOOTSTRAP_TOKEN}`,
    'content-type': 'application/json',
  }
  return { proxy, first, second, headers, host: new URL(proxy.url).host }
}

const authorize = (base: string): string =>
  `${base}/application/o/authorize/?${new URLSearchParams({ client_id: 'wiki', redirect_uri: redirect, response_type: 'code', scope: 'openid', state: 's' })}`

/** Asks until the answer is the wished one, for a second and no longer. */
const withinASecond = async (what: string, look: () => Promise<boolean>): Promise<void> => {
  const began = performance.now()
  while (!(await look())) {
    assert.ok(performance.now() - began < SECOND, `${what} within a second`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const completeSignIn = async (proxyUrl: string): Promise<boolean> => {
  const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect) })
  await browser.open(authorize(proxyUrl))
  const arrived = await signIn(browser, ana)
  const code = arrived.url.searchParams.get('code')
  if (code === null) return false
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirect,
    client_id: 'wiki',
    client_secret: 'wiki-secret',
  })
  const answer = await fetch(`${proxyUrl}/application/o/token/`, { method: 'POST', body })
  return answer.status === 200
}

test('people go on signing in while one of two servers is killed and started again', async (context) => {
  const { proxy, first, second } = await start(context)
  let stopped = false
  const trouble = async (victim: Gatehouse) => {
    await victim.kill('SIGKILL')
    await victim.restart()
  }
  const killing = (async () => {
    for (let round = 0; !stopped && round < 6; round += 1) await trouble(round % 2 === 0 ? second : first)
  })()
  const ends: boolean[] = []
  for (let round = 0; round < 12; round += 1) {
    // A request that a dying server broke off is answered 502; the person tries again and gets in.
    ends.push(
      (await completeSignIn(proxy.url).catch(() => false)) ||
        (await completeSignIn(proxy.url).catch(() => false)) ||
        (await completeSignIn(proxy.url)),
    )
  }
  stopped = true
  await killing
  assert.ok(ends.every(Boolean))
})

test('a person switched off at one server is refused by both within a second', async (context) => {
  const { proxy, first, second, headers, host } = await start(context)
  const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect) })
  await browser.open(authorize(proxy.url))
  assert.ok((await signIn(browser, ana)).url.searchParams.get('code'))
  const cookie = `gatehouse_session=${browser.cookie(proxy.url, 'gatehouse_session')}`
  const isIn = async (server: Gatehouse): Promise<boolean> =>
    (await fetch(`${server.url}/api/v1/me`, { headers: { cookie, 'x-forwarded-host': host }, redirect: 'manual' }))
      .status === 200
  // Both are asked at the public address, as the front would ask them.
  const ask = async (): Promise<boolean[]> => {
    const seen: boolean[] = []
    for (const server of [first, second]) {
      proxy.serve([server.url])
      seen.push((await fetch(`${proxy.url}/api/v1/me`, { headers: { cookie } })).status === 200)
    }
    return seen
  }
  assert.equal(await isIn(first), false, 'a server that is asked under another name answers nobody')
  assert.deepEqual(await ask(), [true, true])
  proxy.serve([first.url])
  const disabled = await fetchJson(`${proxy.url}/api/v1/users/ana`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify({ active: false }),
  })
  // What the file manages is changed there.
  assert.equal(disabled.status, 409)
  first.writeConfig(config('Wiki').replace('name: Ana Example,', 'name: Ana Example, active: false,'))
  await withinASecond('both refuse', async () => (await ask()).every((one) => !one))
})

test('a change of the file is live at both within a second; a broken one changes nothing and says why', async (context) => {
  const { proxy, first, second, headers } = await start(context)
  const names = async (): Promise<string[]> => {
    const seen: string[] = []
    for (const server of [first, second]) {
      proxy.serve([server.url])
      seen.push((await fetchJson<{ name: string }>(`${proxy.url}/api/v1/applications/wiki`, { headers })).body.name)
    }
    return seen
  }
  assert.deepEqual(await names(), ['Wiki', 'Wiki'])
  first.writeConfig(config('Knowledge'))
  await withinASecond('the new name', async () => (await names()).every((name) => name === 'Knowledge'))
  first.writeConfig(config('Broken').replace('redirect_uris', 'redirect_uri'))
  await first.printed(/redirect_uris/)
  assert.deepEqual(await names(), ['Knowledge', 'Knowledge'])
})
