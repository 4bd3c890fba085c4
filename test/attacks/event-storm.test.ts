/** Thousands of bad requests against a running server: what strangers can have it write, and who still gets in. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { FormBrowser } from '../support/form-browser.ts'
import { root, startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const ANA = { username: 'ana', password: 'a quiet long passphrase' }
const CONFIG = `
groups:
  admins: { name: Admins, roles: [administrator] }
users:
  ana: { name: Ana, email: ana@example.com, groups: [admins], password: { value: ${ANA.password} } }
`
const EACH = 1_000
const AT_ONCE = 16
/** Told whole in a minute, and one more with the count of the rest. */
const A_MINUTE = 21

const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Doors at which a stranger's bad request is an event. */
const DOORS: readonly { readonly type: string; readonly path: string; readonly ask: RequestInit }[] = [
  {
    type: 'login.refused',
    path: '/recovery/use-token/nonsense/',
    ask: { method: 'POST', headers: { ...form, 'sec-fetch-site': 'same-origin' }, body: '' },
  },
  { type: 'token.refused', path: '/api/v1/users', ask: { headers: { authorization: 'Bearer nonsense' } } },
  {
    type: 'oauth.client_refused',
    path: '/application/o/token/',
    ask: { method: 'POST', headers: form, body: 'grant_type=client_credentials&client_id=no&client_secret=no' },
  },
  { type: 'oauth.request_refused', path: '/application/o/authorize/?client_id=nobody', ask: {} },
]

test('M15 a storm of bad requests is a bounded number of events, and sign-ins still work', async (context) => {
  const gatehouse = await startGatehouse(context, { config: CONFIG })
  const startedAt = Date.now()
  const storm = async ({ path, ask }: (typeof DOORS)[number]): Promise<void> => {
    let sent = 0
    const attacker = async () => {
      while (sent < EACH) {
        sent += 1
        const answer = await fetch(gatehouse.url + path, { ...ask, redirect: 'manual' })
        await answer.arrayBuffer()
        assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, attacker))
  }
  const enter = async () => {
    const browser = new FormBrowser()
    await browser.open(`${gatehouse.url}/if/flow/sign-in/?next=/if/user/`)
    const page = await signIn(browser, ANA)
    assert.equal(page.url.pathname, '/if/user/')
  }
  for (const door of DOORS) await Promise.all([storm(door), enter()])
  const minutes = Math.floor(Date.now() / 60_000) - Math.floor(startedAt / 60_000) + 1

  const told = spawnSync(process.execPath, ['src/cli/main.ts', 'token', 'ana'], {
    cwd: root,
    env: gatehouse.environment,
    encoding: 'utf8',
  })
  const headers = { authorization: `Bearer ${told.stdout.trim()}` }
  for (const { type } of DOORS) {
    const answer = await fetch(`${gatehouse.url}/api/v1/events?type=${type}&limit=200`, { headers })
    assert.equal(answer.status, 200, told.stderr)
    const { items } = (await answer.json()) as { items: unknown[] }
    assert.ok(items.length >= 20 && items.length <= A_MINUTE * minutes, `${type}: ${items.length} in ${minutes} min`)
  }

  const metrics = await (await fetch(`${gatehouse.metricsUrl}/metrics`)).text()
  const counted = (type: string) => Number(metrics.match(`gatehouse_events_total{type="${type}"} (\\d+)`)?.[1] ?? 0)
  // An event of a transaction, counted as any other and once.
  assert.equal(counted('login.succeeded'), DOORS.length)
  assert.ok(counted('token.refused') >= 20 && counted('token.refused') <= A_MINUTE * minutes)
})
