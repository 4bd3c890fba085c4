import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { json, redirect } from '../base/wire.ts'
import { ASSETS } from '../pages/style.ts'
import { type App, createApp } from './app.ts'
import { answerTurned, createFront } from './front.ts'
import { hotRoutes } from './hot-routes.ts'
import { originMap } from './site.ts'
import { mountStatic } from './static-routes.ts'
import { trustedProxies } from './trusted-proxies.ts'

const HOT = [{ method: 'POST', path: '/token/', hot: true, handle: () => json(200, {}) }] as const

/** A door on a free port with these routes and one hot one; `https` is a public address that a trusted proxy serves. */
const open = async (context: TestContext, mount: (app: App) => void) => {
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const clock = { now: () => 0 }
  const app = createApp({
    clock,
    log,
    notFound: () => ({ status: 404, headers: {} }),
    wrongMethod: (_request, allow) => ({ status: 405, headers: { allow } }),
    failed: () => ({ status: 500, headers: {}, body: 'failed' }),
    hot: hotRoutes(HOT),
  })
  mount(app)
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  context.after(() => server.close())
  const address = server.address()
  const origin = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`
  const site = {
    origins: originMap([origin, 'https://auth.example.com']),
    unproven: false,
    setupOpen: false,
    webPath: '/',
    proxies: trustedProxies(['127.0.0.1']),
    allowHttp: false,
    httpsPort: null,
  }
  const front = createFront({
    site: () => site,
    hot: hotRoutes(HOT),
    framework: await app.ready(),
    health: async () => ({ status: 200, headers: {} }),
    turned: answerTurned,
    clock,
    newId: () => 'r1',
    log,
    observe: () => undefined,
  })
  server.on('request', front)
  return { origin, logged, ask: (path: string, init: RequestInit = {}) => fetch(origin + path, init) }
}

test('answers with a failure where a header cannot be written, and leaves nobody waiting', {
  timeout: 20_000,
}, async (context) => {
  const { ask, logged } = await open(context, (app) => {
    app.route('GET', '/away/', () => redirect('https://漢.example/'))
  })
  const answer = await ask('/away/', { redirect: 'manual' })
  assert.equal(answer.status, 500)
  assert.equal(await answer.text(), 'failed')
  assert.deepEqual(logged, ['an answer could not be sent'])
})

test('M06 a client that goes away in the middle of its body is no line in the log', async (context) => {
  const { origin, logged, ask } = await open(context, () => undefined)
  const socket = connect(Number(new URL(origin).port), '127.0.0.1')
  await once(socket, 'connect')
  const head = ['POST /token/ HTTP/1.1', `host: ${new URL(origin).host}`, 'expect: 100-continue', 'content-length: 9']
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.resetAndDestroy()
  await once(socket, 'close')
  // Whatever the server had to say about it, it said before this.
  assert.equal((await ask('/token/', { method: 'POST' })).status, 200)
  assert.deepEqual(logged, [])
})

test('answers a method that an address does not take with those that it does (RFC 9110 §15.5.6)', async (context) => {
  const { ask } = await open(context, (app) => {
    app.route('GET', '/if/flow/:slug/', () => json(200, {}))
    app.route('POST', '/if/flow/:slug/', () => json(200, {}))
    app.route('GET', '/if/user/', () => json(200, {}))
  })
  const told = async (method: string, path: string, init: RequestInit = {}) => {
    const answer = await ask(path, { method, ...init })
    return [answer.status, answer.headers.get('allow')]
  }
  const posted = { body: '{}', headers: { 'content-type': 'application/json' } }
  assert.deepEqual(await told('POST', '/if/user/'), [405, 'GET, HEAD'])
  assert.deepEqual(await told('POST', '/if/user/', posted), [405, 'GET, HEAD'])
  assert.deepEqual(await told('OPTIONS', '/if/user/'), [405, 'GET, HEAD'])
  assert.deepEqual(await told('PUT', '/if/flow/sign-in/', posted), [405, 'GET, HEAD, POST'])
  assert.deepEqual(await told('PROPFIND', '/if/flow/sign-in/'), [405, 'GET, HEAD, POST'])
  assert.deepEqual(await told('GET', '/token/'), [405, 'POST'])
  assert.deepEqual(await told('HEAD', '/token/'), [405, 'POST'])
  for (const path of ['/if/flow/', '/if/flow/sign-in', '/token']) {
    assert.deepEqual(await told('PUT', path), [404, null], path)
    assert.deepEqual(await told('POST', path, posted), [404, null], path)
  }
  assert.deepEqual(await told('HEAD', '/if/user/'), [200, null])
})

test('tells browsers to come by HTTPS for a year where they did, on hot routes too (RFC 6797 §7.2)', async (context) => {
  const { ask } = await open(context, (app) => app.route('GET', '/page/', () => json(200, {})))
  const told = async (path: string, headers: Record<string, string>, method = 'GET') =>
    (await ask(path, { method, headers })).headers.get('strict-transport-security')
  const proxied = { 'x-forwarded-host': 'auth.example.com', 'x-forwarded-proto': 'https' }
  for (const [path, method] of [
    ['/page/', 'GET'],
    ['/nothing/', 'GET'],
    ['/token/', 'POST'],
  ] as const) {
    assert.equal(await told(path, proxied, method), 'max-age=31536000', path)
    assert.equal(await told(path, { ...proxied, 'x-forwarded-proto': 'http' }, method), null, path)
    assert.equal(await told(path, {}, method), null, path)
  }
})

test('serves styles and scripts compressed to who takes it, the same text to everybody', async (context) => {
  const { ask } = await open(context, mountStatic)
  for (const { name, body } of ASSETS.values()) {
    const plain = await ask(`/static/${name}`, { headers: { 'accept-encoding': 'identity' } })
    assert.equal(plain.headers.get('content-encoding'), null)
    assert.equal(plain.headers.get('vary'), 'accept-encoding')
    assert.equal(await plain.text(), body)
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0', null],
      ['*', null],
      ['\u00e9'.normalize(), null],
    ] as const) {
      const answer = await ask(`/static/${name}`, { headers: { 'accept-encoding': accepted } })
      assert.equal(answer.headers.get('content-encoding'), encoding, accepted)
      // `fetch` unpacks it again.
      assert.equal(await answer.text(), body)
      if (encoding && body.length > 1000) assert.ok(Number(answer.headers.get('content-length')) < body.length / 2)
    }
  }
  assert.equal((await ask('/static/none.css')).status, 404)
})
