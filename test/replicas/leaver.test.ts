/**
 * A leaver at two servers on one PostgreSQL (DESIGN §7): switched off at one of them, refused by both within a second,
 * by every door, whatever they hold from before.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Balancer } from '../support/balancer.ts'
import { fetchJson, postForm } from '../support/fetch-json.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { signIn } from '../support/sign-in.ts'
import { startPair } from './start-pair.ts'
import { withinASecond } from './within-a-second.ts'

const ana = { username: 'ana', password: 'a quiet long passphrase' }
const client = { client_id: 'wiki', client_secret: 'wiki-secret' }
const callback = 'https://wiki.example.com/callback'
const SECOND = 1_000

/** Two servers and a front; everything in them is made over the API, as no file manages it. */
const start = async (context: TestContext) => {
  const { balancer: proxy, servers, headers } = await startPair(context)
  const administer = (method: string, at: string, body: object) =>
    fetchJson<object>(`${proxy.url}/api/v1/${at}`, {
      method,
      headers,
      body: JSON.stringify(body),
    })
  const made = [
    await administer('PUT', 'users/ana', {
      name: 'Ana Example',
      email: 'ana@example.com',
      password: { value: ana.password, must_change: false },
    }),
    await administer('PUT', 'applications/wiki', {
      name: 'Wiki',
      providers: {
        oidc: {
          client_id: client.client_id,
          client_secret: { value: client.client_secret },
          redirect_uris: [callback],
          grant_types: ['authorization_code', 'refresh_token'],
        },
      },
    }),
  ]
  for (const { status, body } of made) assert.equal(status, 201, JSON.stringify(body))
  for (const { url } of servers) {
    proxy.serve([url])
    const discovery = `${proxy.url}/application/o/wiki/.well-known/openid-configuration`
    await withinASecond(`${url} knows the application`, async () => (await fetch(discovery)).status === 200)
  }
  proxy.serve(servers.map(({ url }) => url))
  return { proxy, servers: servers.map(({ url }) => url), administer }
}

const authorize = (base: string): string => {
  const asked = {
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid offline_access',
  }
  return `${base}/application/o/authorize/?${new URLSearchParams(asked)}`
}
const newBrowser = () => new FormBrowser({ stopAt: (url) => url.href.startsWith(callback) })

/** All that somebody who signed in once may hold: a session, a code not yet exchanged, and tokens. */
const belongings = async (proxy: Balancer) => {
  const browser = newBrowser()
  await browser.open(authorize(proxy.url))
  const code = (await signIn(browser, ana)).url.searchParams.get('code') ?? ''
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: callback, ...client }
  const { status, body: tokens } = await postForm(`${proxy.url}/application/o/token/`, exchange)
  assert.equal(status, 200, JSON.stringify(tokens))
  const silent = await browser.open(authorize(proxy.url))
  const unused = silent.url.searchParams.get('code') ?? ''
  assert.ok(unused, `${silent.url} ${silent.status} ${silent.text}`)
  return { browser, tokens, unused }
}

test('a person switched off over the API is refused by both servers within a second, by every door', async (context) => {
  const { proxy, servers, administer } = await start(context)
  const { browser, tokens, unused } = await belongings(proxy)
  const bearer = { headers: { authorization: `Bearer ${tokens.access_token}` } }
  const tokenEndpoint = `${proxy.url}/application/o/token/`
  const session = `gatehouse_session=${browser.cookie(proxy.url, 'gatehouse_session')}`

  /** What is still open: nothing that is asked here spends anything. */
  const open = async (): Promise<string[]> => {
    const doors: string[] = []
    for (const server of servers) {
      proxy.serve([server])
      const me = await fetch(`${proxy.url}/api/v1/me`, { headers: { cookie: session } })
      if (me.status !== 401) doors.push(`session at ${server}`)
      const info = await fetch(`${proxy.url}/application/o/userinfo/`, bearer)
      if (info.status !== 401) doors.push(`userinfo at ${server}`)
      const asked = { token: tokens.access_token, ...client }
      const introspected = await postForm<{ active: boolean }>(`${proxy.url}/application/o/introspect/`, asked)
      if (introspected.body.active) doors.push(`introspection at ${server}`)
    }
    return doors
  }
  assert.equal((await open()).length, 6, 'all is open at first')

  proxy.serve(servers.slice(0, 1))
  const off = await administer('PATCH', 'users/ana', { active: false })
  assert.equal(off.status, 200, JSON.stringify(off.body))
  const since = performance.now()
  for (let doors = await open(); doors.length > 0; doors = await open()) {
    assert.ok(performance.now() - since < SECOND, `still open after a second: ${doors}`)
  }

  for (const server of servers) {
    proxy.serve([server])
    const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token ?? '', ...client }
    assert.equal((await postForm(tokenEndpoint, refresh)).body.error, 'invalid_grant')
    const exchange = { grant_type: 'authorization_code', code: unused, redirect_uri: callback, ...client }
    assert.equal((await postForm(tokenEndpoint, exchange)).body.error, 'invalid_grant')
    const silent = await browser.open(authorize(proxy.url))
    assert.equal(silent.url.searchParams.get('code'), null)
    const again = newBrowser()
    await again.open(authorize(proxy.url))
    assert.equal((await signIn(again, ana).catch(() => again.page))?.url.searchParams.get('code'), null)
  }
})

test('a password changed at one server is the only one at both within a second', async (context) => {
  const { proxy, servers, administer } = await start(context)
  proxy.serve(servers.slice(0, 1))
  const fresh = { ...ana, password: 'quite another long passphrase' }
  const changed = await administer('PATCH', 'users/ana', { password: { value: fresh.password, must_change: false } })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  for (const server of servers) {
    proxy.serve([server])
    const right = newBrowser()
    await right.open(authorize(proxy.url))
    assert.ok((await signIn(right, fresh)).url.searchParams.get('code'))
    const wrong = newBrowser()
    await wrong.open(authorize(proxy.url))
    await wrong.submit({ username: ana.username })
    assert.equal((await wrong.submit({ password: ana.password })).status, 422)
  }
})
