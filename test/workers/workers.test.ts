/** Several workers look like one house from outside. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { withinASecond } from '../replicas/within-a-second.ts'
import { signIn } from '../support/sign-in.ts'
import { ana, exchangeOf, wikiAuthorize, wikiBrowser, wikiConfig } from '../support/wiki-promises.ts'
import { askAnew, childrenOf, forBothDatabases, SIZE, startWorkers, until } from './start-workers.ts'

const AT_ONCE = 8

forBothDatabases('both workers answer at one address, and the figures are sums', async (context, on) => {
  const { gatehouse, eachWorker, counts, metrics } = await startWorkers(context, on, { config: wikiConfig('Wiki') })
  const ask = async () => (await askAnew(`${gatehouse.url}/application/o/wiki/jwks/`)).status
  assert.deepEqual(await eachWorker(ask), [200, 200])
  assert.deepEqual(await counts(), [1, 1])
  assert.equal(await ask(), 200)
  const timed = await metrics('gatehouse_http_request_seconds_count')
  assert.deepEqual(Object.values(timed), [3])
  // A fact about all of them is no sum.
  assert.deepEqual(Object.values(await metrics('gatehouse_info')), [1])
})

test('the link to set up with is printed once, and any worker takes it', async (context) => {
  const { gatehouse, eachWorker } = await startWorkers(context, 'sqlite', {
    environment: { GATEHOUSE_BOOTSTRAP_TOKEN: '' },
  })
  const [link = '', ...more] = gatehouse.output().match(/http:\S+initial-setup\S+/g) ?? []
  assert.deepEqual(more, [])
  assert.equal(gatehouse.output().match(/is ready at/g)?.length, 1)
  assert.deepEqual(await eachWorker(async () => (await askAnew(link)).status), [200, 200])
})

test('every worker serves the same certificate', async (context) => {
  const { gatehouse, eachWorker } = await startWorkers(context, 'sqlite')
  const fingerprint = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: Number(new URL(gatehouse.httpsUrl).port), rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256)
        socket.destroy()
      }).on('error', reject)
    })
  const [first, second] = await eachWorker(fingerprint)
  assert.equal(first, second)
})

forBothDatabases('A14 a code that comes to both workers at once is exchanged once', async (context, on) => {
  const { gatehouse, counts } = await startWorkers(context, on, { config: wikiConfig('Wiki') })
  const browser = wikiBrowser()
  const post = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  const exchangeAtOnce = async (): Promise<boolean> => {
    await browser.open(wikiAuthorize(gatehouse.url))
    const code = (await signIn(browser, ana)).url.searchParams.get('code') ?? ''
    const body = new URLSearchParams(exchangeOf(code)).toString()
    const before = await counts()
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, () => askAnew(`${gatehouse.url}/application/o/token/`, post, body)),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(AT_ONCE - 1).fill(400)])
    const after = await counts()
    return after.every((count, index) => count > (before[index] ?? 0))
  }
  // Who accepts a connection is chance.
  await until('both were asked', exchangeAtOnce)
})

forBothDatabases('a person switched off at one worker is refused by both within a second', async (context, on) => {
  const { gatehouse, headers, eachWorker } = await startWorkers(context, on)
  const path = `${gatehouse.url}/api/v1/users/ben`
  const password = { value: ana.password, must_change: false }
  const person = JSON.stringify({ name: 'Ben Example', email: 'ben@example.com', password })
  const made = await askAnew(path, { method: 'PUT', headers }, person)
  assert.equal(made.status, 201, made.text)
  const browser = wikiBrowser()
  await browser.open(`${gatehouse.url}/if/user/`)
  await signIn(browser, { ...ana, username: 'ben' })
  const cookie = `gatehouse_session=${browser.cookie(gatehouse.url, 'gatehouse_session')}`
  const me = async () => (await askAnew(`${gatehouse.url}/api/v1/me`, { headers: { cookie } })).status
  assert.deepEqual(await eachWorker(me), [200, 200])
  const disabled = await askAnew(path, { method: 'PATCH', headers }, JSON.stringify({ active: false }))
  assert.equal(disabled.status, 200, disabled.text)
  await withinASecond('both refuse', async () => (await eachWorker(me)).every((status) => status === 401))
})

test('a change of the configuration file is live at every worker, and applied by one', async (context) => {
  const { gatehouse, headers, eachWorker } = await startWorkers(context, 'sqlite', { config: wikiConfig('Wiki') })
  const applied = () => gatehouse.output().match(/The configuration was applied/g)?.length
  assert.equal(applied(), 1)
  gatehouse.writeConfig(wikiConfig('Knowledge'))
  const name = async (): Promise<string> => {
    const { text } = await askAnew(`${gatehouse.url}/api/v1/applications/wiki`, { headers })
    return /"name":"(\w+)"/.exec(text)?.[1] ?? text
  }
  await withinASecond('the new name', async () => (await eachWorker(name)).every((one) => one === 'Knowledge'))
  assert.equal(applied(), 2)
})

test('`npm start` hands its settings on: workers run the same bundle by the same flags', async (context) => {
  const { gatehouse, pids } = await startWorkers(context, 'sqlite', {
    program: ['tools/gatehouse.mjs'],
    environment: { NODE_COMPILE_CACHE: '' },
  })
  const words = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1)
  assert.equal(childrenOf(gatehouse.pid()).length, SIZE)
  for (const pid of pids()) {
    assert.deepEqual(words(pid), words(gatehouse.pid()))
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    assert.ok(environment.includes('UV_THREADPOOL_SIZE=8'), environment.join(' '))
  }
})
