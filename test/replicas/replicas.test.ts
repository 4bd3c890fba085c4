/** Two servers on one PostgreSQL: either may die at any moment, and what one was told the other knows within a second. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { chanceOf, SEED } from '../support/chance.ts'
import { fetchJson } from '../support/fetch-json.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'
import { ana, assertKept, signInMeanwhile, wikiAuthorize, wikiBrowser, wikiConfig } from '../support/wiki-promises.ts'
import { startPair } from './start-pair.ts'
import { makeTrouble } from './trouble.ts'
import { withinASecond } from './within-a-second.ts'

const ROUNDS = Number(process.env.GATEHOUSE_TEST_ROUNDS ?? 5)
const PEOPLE = 4

const start = async (context: TestContext) => {
  const { balancer, servers, headers } = await startPair(context, { config: wikiConfig('Wiki') })
  const [first, second] = servers
  /** What the file says from now on, at both. */
  const writeConfig = (yaml: string) => {
    for (const server of servers) server.writeConfig(yaml)
  }
  return { balancer, servers, first, second, headers, writeConfig, host: new URL(balancer.url).host }
}

test(`what was answered is kept while people sign in at once and one of two servers is killed at random (GATEHOUSE_TEST_SEED=${SEED})`, async (context) => {
  const pair = await start(context)
  const { balancer } = pair
  const trouble = makeTrouble(pair, chanceOf(SEED, 2))
  const promised = await signInMeanwhile(balancer.url, PEOPLE, () => trouble.kills() >= ROUNDS)
  await trouble.end()
  await assertKept(balancer.url, promised)
  const { repeated, told } = balancer.brokenOff()
  context.diagnostic(`${trouble.kills()} kills, ${promised.length} sign-ins, ${repeated + told} requests broken off`)
})

test('a person switched off at one server is refused by both within a second', async (context) => {
  const { balancer, first, second, servers, headers, host, writeConfig } = await start(context)
  const browser = wikiBrowser()
  await browser.open(wikiAuthorize(balancer.url))
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
  writeConfig(wikiConfig('Wiki').replace('name: Ana Example,', 'name: Ana Example, active: false,'))
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
  writeConfig(wikiConfig('Knowledge'))
  await withinASecond('the new name', async () => (await names()).every((name) => name === 'Knowledge'))
  writeConfig(wikiConfig('Broken').replace('redirect_uris', 'redirect_uri'))
  for (const server of servers) await server.printed(/redirect_uris/)
  assert.deepEqual(await names(), ['Knowledge', 'Knowledge'])
})
