/** Guessing passwords, against the running server: from one place, from everywhere, one at a time and all at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { signIn } from '../support/sign-in.ts'

const ANA = { username: 'ana', password: 'a quiet long passphrase' }
const BEN = { username: 'ben', password: 'another quiet passphrase' }
const CONFIG = `
users:
  ana: { name: Ana, email: ana@example.com, password: { value: ${ANA.password} } }
  ben: { name: Ben, email: ben@example.com, password: { value: ${BEN.password} } }
`

test('guessing is slow for strangers, and for them alone', { timeout: 120_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, {
    config: CONFIG,
    environment: { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32', GATEHOUSE_ALLOW_HTTP: 'true' },
  })
  const at = (address: string) => new FormBrowser({ headers: { 'x-forwarded-for': address } })
  const enter = async (browser: FormBrowser, person: { username: string; password: string }): Promise<Page> => {
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    return signIn(browser, person)
  }
  /** One wrong password on a page of its own; tells the status. */
  const guess = async (address: string, username: string, password = 'not this one'): Promise<Page> => {
    const browser = at(address)
    await browser.open(`${gatehouse.url}/if/flow/sign-in/`)
    if (browser.page?.html.querySelector('input[name="password"]') === null) await browser.submit({ username })
    return browser.submit({ username, password })
  }
  const isIn = (page: Page) => page.url.pathname.startsWith('/if/user/')

  const own = at('198.51.100.7')
  assert.ok(isIn(await enter(own, ANA)), 'ana signs in where she always does')
  await own.open(`${gatehouse.url}/if/flow/sign-out/`)
  await own.submit()

  await context.test('a name that nobody has is slowed down as one that somebody has (G01)', async () => {
    const seen = []
    for (const name of ['ben', 'nobody']) {
      const answers: number[] = []
      for (let count = 0; count < 7; count += 1) answers.push((await guess('192.0.2.1', name)).status)
      seen.push(answers)
    }
    assert.deepEqual(seen[0], [422, 422, 422, 422, 422, 429, 429])
    assert.deepEqual(seen[1], seen[0])
    // The same person by another name, from the same network.
    assert.equal((await guess('192.0.2.99', 'ben@example.com')).status, 429)
    // Not even the right one is looked at before the wait is over; from elsewhere it is.
    assert.equal((await guess('192.0.2.1', 'ben', BEN.password)).status, 429)
    assert.ok(isIn(await enter(at('203.0.113.5'), BEN)))
  })

  await context.test('of many guesses at once no more are looked at than of as many in turn', async () => {
    const pages = await Promise.all(Array.from({ length: 40 }, (_, index) => guess('192.0.2.130', `who${index % 2}`)))
    assert.equal(pages.filter((page) => page.status === 422).length, 10)
    assert.equal(pages.filter((page) => page.status === 429).length, 30)
    for (const page of pages) if (page.status === 429) assert.match(String(page.headers['retry-after']), /^[12]$/)
  })

  await context.test('M16 whoever attacks an account from everywhere does not keep its owner out', async () => {
    let last = 0
    for (let count = 0; count < 26; count += 1) last = (await guess(`100.64.${count}.1`, 'ana')).status
    assert.equal(last, 429, 'strangers are slowed down wherever they come from')
    const elsewhere = await guess('100.65.0.1', 'ana', ANA.password)
    assert.equal(elsewhere.status, 429)
    assert.ok(Number(elsewhere.headers['retry-after']) <= 30, 'a new device waits half a minute at most')
    assert.ok(isIn(await enter(own, ANA)), 'her own device lets her in at once')
  })

  await context.test('a device that is known has limits of its own, and is known for its people only', async () => {
    const device = own.cookie(gatehouse.url, 'gatehouse_device') ?? ''
    const stolen = at('100.66.0.1')
    const withDevice = async (value: string, password = 'not this one') => {
      stolen.clearCookies()
      stolen.setCookie(gatehouse.url, 'gatehouse_device', value)
      await stolen.open(`${gatehouse.url}/if/flow/sign-in/`)
      if (stolen.page?.html.querySelector('input[name="password"]') === null) await stolen.submit({ username: 'ana' })
      return (await stolen.submit({ username: 'ana', password })).status
    }
    assert.equal(await withDevice(`${device.slice(0, -2)}xx`), 429, 'a cookie that was made up is none')
    const answers: number[] = []
    for (let count = 0; count < 6; count += 1) answers.push(await withDevice(device))
    assert.deepEqual(answers, [422, 422, 422, 422, 422, 429])
  })
})
