/**
 * What holds for every page there is: the route table of the running server is walked, signed in and not, so that a new
 * page cannot be forgotten.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { shippedFlows } from '../../src/flow/shipped-flows.ts'
import { type Answer, ask, isPage, loadedBy } from '../support/ask.ts'
import { FormBrowser, type Page } from '../support/form-browser.ts'
import { type Gatehouse, root, startGatehouse } from '../support/gatehouse.ts'
import { type RouteTable, readRouteTable, type Values } from '../support/route-table.ts'
import { signIn } from '../support/sign-in.ts'

const ANA = { username: 'ana', password: 'a quiet long passphrase' }
const CLIENT = 'https://wiki.example.com/cb'
const CONFIG = `
groups:
  admins: { name: Admins, roles: [administrator] }
users:
  ana: { name: Ana, email: ana@example.com, groups: [admins], password: { value: ${ANA.password} } }
applications:
  wiki:
    name: Wiki
    launch_url: https://wiki.example.com/
    providers:
      oidc: { client_id: wiki, client_secret: { value: wiki-secret }, redirect_uris: ['${CLIENT}'], consent: { mode: always } }
  vault:
    name: Vault
    launch_url: https://vault.example.com/
    access: { allow: { groups: [nobody] } }
    providers:
      oidc: { client_id: vault, client_secret: { value: vault-secret }, redirect_uris: ['${CLIENT}'] }
`.replace('groups:\n', 'groups:\n  nobody: { name: Nobody }\n')

type House = Pick<Gatehouse, 'url'> & { addresses(method: string, values: Values): readonly string[] }

const houseOf = ({ url }: Gatehouse, table: RouteTable): House => ({
  url,
  addresses: (method, values) => table.paths(method, values).map((path) => url + path),
})

const MARKUP = '<img src=x onerror=alert(1)>'
const valuesWith = (slugs: readonly string[]): Values => ({
  slug: slugs,
  ...Object.fromEntries(
    [
      'name',
      'locale',
      'token',
      'session',
      'client',
      'user',
      'email',
      'group',
      'grant',
      'event',
      'job',
      'revision',
      'link',
      'mail',
      'authenticator',
      'invitation',
      'code',
      'device',
    ].map((name) => [name, [name === 'revision' ? '1' : 'de']]),
  ),
})
const REAL = valuesWith([...shippedFlows.keys(), 'wiki', 'vault', 'nothing'])
const HOSTILE: Values = Object.fromEntries(Object.keys(REAL).map((name) => [name, [encodeURIComponent(MARKUP)]]))

const authorize = (house: House, client: string, more: Record<string, string> = {}) =>
  `${house.url}/application/o/authorize/?${new URLSearchParams({
    client_id: client,
    redirect_uri: CLIENT,
    response_type: 'code',
    scope: 'openid',
    ...more,
  })}`

/** Everything a stranger can be shown by address alone. */
const askedByStrangers = (house: House): [string, string][] => [
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].flatMap((method) =>
    house.addresses(method, REAL).map((url): [string, string] => [method, url]),
  ),
  ['GET', authorize(house, 'wiki')],
  ['GET', authorize(house, 'unknown')],
  ['GET', authorize(house, 'wiki', { redirect_uri: 'https://evil.example/' })],
  ['GET', `${house.url}/if/flow/sign-in/?attempt=s.unknown`],
  ['GET', `${house.url}/if/flow/initial-setup/?token=unknown`],
  ['GET', `${house.url}/nothing/here/`],
  // What no router can read.
  ['GET', `${house.url}/if/flow/%zz/`],
  ['GET', `${house.url}/if/flow/%e0%80%af/`],
  ['GET', `${house.url}/if/flow/${'a'.repeat(300)}/`],
  ['GET', `${house.url}/api/v1/users/%zz`],
  ['POST', `${house.url}/if/flow/sign-in/nothing/`],
]

const cookieOf = (house: House, browser: FormBrowser) =>
  ['session', 'browser'].map((name) => `gatehouse_${name}=${browser.cookie(house.url, `gatehouse_${name}`)}`).join('; ')

const directives = ({ headers }: Pick<Answer, 'headers'>): ReadonlyMap<string, string> =>
  new Map(
    String(headers['content-security-policy'] ?? '')
      .split('; ')
      .map((one) => [one.split(' ')[0] ?? '', one]),
  )

const leaksNothing = (answer: Answer, where: string) => {
  assert.equal(answer.headers['referrer-policy'], 'same-origin', where)
  assert.equal(answer.headers['cache-control'], 'no-store', where)
  for (const address of loadedBy(answer.text)) assert.match(address, /^(\/static\/|data:)/, where)
  const policy = directives(answer)
  assert.equal(policy.get('default-src'), "default-src 'none'", where)
  for (const [name, directive] of policy) {
    if (name !== 'form-action') assert.doesNotMatch(directive, /https?:|\*|unsafe/, where)
  }
}

const isFramedByNobody = (answer: Pick<Answer, 'headers'>, where: string) => {
  assert.equal(directives(answer).get('frame-ancestors'), "frame-ancestors 'none'", where)
  assert.equal(answer.headers['x-frame-options'], 'DENY', where)
}

/** Takes the tables of people and of resources away below the running server; by another process, which may open the file. */
const breakStore = ({ folder }: Gatehouse) => {
  const script = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1])
    database.exec('PRAGMA foreign_keys = off')
    for (const table of ['users', 'resources', 'sessions', 'attempts']) database.exec('DROP TABLE ' + table)`
  const ran = spawnSync(process.execPath, ['-e', script, path.join(folder, 'data', 'gatehouse.db')], {
    cwd: root,
    encoding: 'utf8',
  })
  assert.equal(ran.status, 0, ran.stderr)
}

test('attacks on every page', { timeout: 120_000 }, async (context) => {
  const gatehouse = await startGatehouse(context, { config: CONFIG })
  assert.doesNotMatch(gatehouse.output(), /not applied/)
  const house = houseOf(gatehouse, await readRouteTable())
  const strangers = new Map<string, Answer>()
  for (const [method, url] of askedByStrangers(house)) {
    strangers.set(`${method} ${url.slice(house.url.length)}`, await ask(url, { method }))
  }
  const pages = [...strangers].filter(([, answer]) => isPage(answer))
  const ana = new FormBrowser({ stopAt: (url) => url.origin !== house.url })
  await ana.open(`${house.url}/if/flow/sign-in/`)
  await signIn(ana, ANA)
  const cookie = cookieOf(house, ana)
  const asAna = (url: string) => ask(url, { headers: { cookie } })

  await context.test('A72 no page leaks its address, loads from elsewhere, or is kept by a cache', () => {
    assert.ok(pages.length > 20, `${pages.length} pages`)
    for (const path of ['GET /if/flow/sign-in/', 'GET /api/v1/docs', 'GET /recovery/use-token/de/'])
      assert.equal(strangers.get(path)?.status, 200, path)
    for (const [where, answer] of pages) leaksNothing(answer, where)
  })

  await context.test(
    'A72 whatever is answered, no address of ours travels on, and no redirect is kept by a cache',
    () => {
      for (const [where, { status, headers }] of strangers) {
        assert.ok(status < 500, `${status} ${where}`)
        assert.equal(headers['referrer-policy'], 'same-origin', where)
        assert.equal(headers['x-content-type-options'], 'nosniff', where)
        if (status >= 300 && status < 400) assert.equal(headers['cache-control'], 'no-store', where)
      }
    },
  )

  await context.test(
    'A73 no page may be framed: sign-in, consent, denial, step-up, devices, errors, documents',
    async () => {
      for (const [where, answer] of pages) isFramedByNobody(answer, where)
      const walked: [string, Page][] = [
        ['consent', await ana.open(authorize(house, 'wiki'))],
        ['denial', await ana.open(authorize(house, 'vault'))],
        ['sign-in again', await ana.open(authorize(house, 'wiki', { prompt: 'login' }))],
        ['sign-out', await ana.open(`${house.url}/if/flow/sign-out/`)],
      ]
      for (const [where, page] of walked) {
        assert.ok(page.html.querySelector('form, .denied, main'), where)
        isFramedByNobody(page, where)
      }
      for (const url of house.addresses('GET', REAL)) {
        const answer = await asAna(url)
        if (isPage(answer)) isFramedByNobody(answer, url)
      }
    },
  )

  await context.test('F10 nothing that a signed-in person is shown is kept by the browser', async () => {
    const kept = /\/(static|\.well-known|jwks)|openapi\.json|jwks\.json|\/application\/o\/[a-z]+\/$/
    let seen = 0
    for (const url of house.addresses('GET', REAL)) {
      const answer = await asAna(url)
      const where = `${answer.status} ${url}`
      assert.ok(answer.status < 500, where)
      // What is the same for everybody and says nothing about anybody.
      if (kept.test(new URL(url).pathname)) continue
      assert.equal(answer.headers['cache-control'], 'no-store', where)
      if (answer.text.includes('ana@example.com') || answer.text.includes('>ana<')) seen += 1
    }
    assert.ok(seen >= 3, 'the pages of one’s own and the API were among them')
  })

  await context.test('L10 markup in any part of a request comes back as text', async () => {
    const query = `?${new URLSearchParams(
      [
        'next',
        'error',
        'error_description',
        'state',
        'locale',
        'ui_locales',
        'theme',
        'client_id',
        'attempt',
        'id_token_hint',
      ].map((name): [string, string] => [name, MARKUP]),
    )}`
    const headers = {
      'accept-language': MARKUP,
      'user-agent': MARKUP,
      'x-request-id': MARKUP,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin',
    }
    const hostile = `gatehouse_language=${encodeURIComponent(MARKUP)}; gatehouse_theme=">${MARKUP}`
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? new URLSearchParams([...new URLSearchParams(query)]).toString() : undefined
      for (const url of [...house.addresses(method, HOSTILE), ...house.addresses(method, REAL)]) {
        if (/end-all|end_sessions|\/sign-out\//.test(url)) continue
        for (const more of [hostile, `${hostile}; ${cookie}`]) {
          const answer = await ask(url + query, {
            method,
            headers: { ...headers, cookie: more },
            ...(body ? { body } : {}),
          })
          assert.ok(answer.status < 500, `${answer.status} ${method} ${url}`)
          if (isPage(answer)) assert.doesNotMatch(answer.text, /<img src=x/i, `${method} ${url}`)
          else assert.doesNotMatch(String(answer.headers['content-type'] ?? 'none'), /html|xml|svg/, url)
        }
      }
    }
  })

  await context.test('L10 where the house itself fails, no page and no answer says how it is built', async () => {
    breakStore(gatehouse)
    let failed = 0
    for (const method of ['GET', 'POST']) {
      for (const url of house.addresses(method, REAL)) {
        const headers = { cookie, 'sec-fetch-site': 'same-origin' }
        const { status, text } = await ask(url, { method, headers })
        if (status >= 500) failed += 1
        assert.doesNotMatch(
          text,
          /\.ts\b|node:|node_modules|\bat [A-Za-z.]+ \(|sqlite|[a-z]Error\b|no such table/i,
          `${method} ${url}`,
        )
      }
    }
    assert.ok(failed > 20, `${failed} answers were failures`)
  })
})
