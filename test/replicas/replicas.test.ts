/** Two servers on one PostgreSQL: either may die at any moment, and what one was told the other knows within a second. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { chanceOf, SEED } from '../support/chance.ts'
import { fetchJson, postForm } from '../support/fetch-json.ts'
import { FormBrowser } from '../support/form-browser.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'
import { startPair } from './start-pair.ts'
import { makeTrouble } from './trouble.ts'
import { withinASecond } from './within-a-second.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const redirect = 'https://wiki.example.com/callback'
const client = { client_id: 'wiki', client_secret: 'wiki-secret' }
const config = (name: string) => `
users:
  ana: { name: Ana Example, email: ana@example.com, password: { value: ${ana.password} } }
applications:
  wiki:
    name: ${name}
    providers:
      oidc:
        client_id: ${client.client_id}
        client_secret: { value: ${client.client_secret} }
        redirect_uris: [${redirect}]
        grant_types: [authorization_code, refresh_token]
`
const ROUNDS = Number(process.env.GATEHOUSE_TEST_ROUNDS ?? 5)
const PEOPLE = 4
const TRIES = 6

const start = async (context: TestContext) => {
  const { balancer, servers, headers } = await startPair(context, { config: config('Wiki') })
  const [first, second] = servers
  /** What the file says from now on, at both. */
  const writeConfig = (yaml: string) => {
    for (const server of servers) server.writeConfig(yaml)
  }
  return { balancer, servers, first, second, headers, writeConfig, host: new URL(balancer.url).host }
}

const authorize = (base: string): string =>
  `${base}/application/o/authorize/?${new URLSearchParams({ client_id: client.client_id, redirect_uri: redirect, response_type: 'code', scope: 'openid offline_access', state: 's' })}`

/** What the house has promised somebody whose sign-in was answered. */
type Promised = { readonly session: string; readonly refreshToken: string }

/** Signs in and exchanges the code; null where a kill broke any of it off, so that nothing was promised. */
const completeSignIn = async (base: string): Promise<Promised | null> => {
  const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect) })
  await browser.open(authorize(base))
  const code = (await signIn(browser, ana)).url.searchParams.get('code')
  if (code === null) {
    assert.equal(browser.page?.status, 502, browser.page?.text)
    return null
  }
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirect, ...client }
  const answer = await fetch(`${base}/application/o/token/`, { method: 'POST', body: new URLSearchParams(exchange) })
  if (answer.status === 502) return null
  const tokens = (await answer.json()) as { refresh_token?: string }
  assert.equal(answer.status, 200, JSON.stringify(tokens))
  return { session: browser.cookie(base, 'gatehouse_session') ?? '', refreshToken: tokens.refresh_token ?? '' }
}

/** Asks again where a kill broke it off before an answer began; that request may be repeated. */
const isSignedIn = async (base: string, { session }: Promised): Promise<boolean> => {
  const headers = { cookie: `gatehouse_session=${session}` }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const answer = await fetch(`${base}/api/v1/me`, { headers }).catch(() => null)
    if (answer && answer.status !== 502) return answer.status === 200
  }
  return false
}

test(`what was answered is kept while people sign in at once and one of two servers is killed at random (GATEHOUSE_TEST_SEED=${SEED})`, async (context) => {
  const pair = await start(context)
  const { balancer } = pair
  const trouble = makeTrouble(pair, chanceOf(SEED, 2))
  const promised: Promised[] = []
  const person = async (): Promise<void> => {
    let brokenOff = 0
    while (trouble.kills() < ROUNDS || brokenOff > 0) {
      // A connection that a kill cut in the middle of an answer fails by itself; the person tries again.
      const got = await completeSignIn(balancer.url).catch((error: unknown) => {
        if (error instanceof assert.AssertionError) throw error
        return null
      })
      brokenOff = got ? 0 : brokenOff + 1
      assert.ok(brokenOff < TRIES, `a sign-in came to nothing ${brokenOff} times on end`)
      if (!got) continue
      promised.push(got)
      assert.ok(await isSignedIn(balancer.url, got), 'a session was answered and is not there')
    }
  }
  await Promise.all(Array.from({ length: PEOPLE }, person))
  await trouble.end()
  const refresh = async ({ refreshToken }: Promised) =>
    (
      await postForm(`${balancer.url}/application/o/token/`, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        ...client,
      })
    ).status
  for (const one of promised) {
    assert.ok(await isSignedIn(balancer.url, one), 'a session was answered and is lost')
    assert.equal(await refresh(one), 200, 'a refresh token was answered and is lost')
  }
  const { repeated, told } = balancer.brokenOff()
  context.diagnostic(`${trouble.kills()} kills, ${promised.length} sign-ins, ${repeated + told} requests broken off`)
})

test('a person switched off at one server is refused by both within a second', async (context) => {
  const { balancer, first, second, servers, headers, host, writeConfig } = await start(context)
  const browser = new FormBrowser({ stopAt: (url) => url.href.startsWith(redirect) })
  await browser.open(authorize(balancer.url))
  assert.ok((await signIn(browser, ana)).url.searchParams.get('code'))
  const cookie = `gatehouse_session=${browser.cookie(balancer.url, 'gatehouse_session')}`
  const isIn = async (server: Gatehouse): Promise<boolean> =>
    (await fetch(`${server.url}/api/v1/me`, { headers: { cookie, 'x-forwarded-host': host }, redirect: 'manual' }))
      .status === 200
  // Both are asked at the public address, as the front would ask them.
  const ask = async (): Promise<boolean[]> => {
    const seen: boolean[] = []
    for (const server of servers) {
      balancer.serve([server.url])
      seen.push((await fetch(`${balancer.url}/api/v1/me`, { headers: { cookie } })).status === 200)
    }
    return seen
  }
  assert.equal(await isIn(first), false, 'a server that is asked under another name answers nobody')
  assert.equal(await isIn(second), false)
  assert.deepEqual(await ask(), [true, true])
  balancer.serve([first.url])
  const disabled = await fetchJson(`${balancer.url}/api/v1/users/ana`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify({ active: false }),
  })
  // What the file manages is changed there.
  assert.equal(disabled.status, 409)
  writeConfig(config('Wiki').replace('name: Ana Example,', 'name: Ana Example, active: false,'))
  await withinASecond('both refuse', async () => (await ask()).every((one) => !one))
})

test('a change of the file is live at both within a second; a broken one changes nothing and says why', async (context) => {
  const { balancer, servers, headers, writeConfig } = await start(context)
  const names = async (): Promise<string[]> => {
    const seen: string[] = []
    for (const server of servers) {
      balancer.serve([server.url])
      seen.push((await fetchJson<{ name: string }>(`${balancer.url}/api/v1/applications/wiki`, { headers })).body.name)
    }
    return seen
  }
  assert.deepEqual(await names(), ['Wiki', 'Wiki'])
  writeConfig(config('Knowledge'))
  await withinASecond('the new name', async () => (await names()).every((name) => name === 'Knowledge'))
  writeConfig(config('Broken').replace('redirect_uris', 'redirect_uri'))
  for (const server of servers) await server.printed(/redirect_uris/)
  assert.deepEqual(await names(), ['Knowledge', 'Knowledge'])
})
