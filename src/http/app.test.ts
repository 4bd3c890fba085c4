import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { redirect } from '../base/wire.ts'
import { createApp } from './app.ts'
import { answerTurned, createFront } from './front.ts'
import { hotRoutes } from './hot-routes.ts'
import { originMap } from './site.ts'
import { trustedProxies } from './trusted-proxies.ts'

test('answers with a failure where a header cannot be written, and leaves nobody waiting', {
  timeout: 20_000,
}, async (context) => {
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const clock = { now: () => 0 }
  const app = createApp({
    clock,
    log,
    notFound: () => ({ status: 404, headers: {} }),
    failed: () => ({ status: 500, headers: {}, body: 'failed' }),
  })
  app.route('GET', '/away/', () => redirect('https://漢.example/'))
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  context.after(() => server.close())
  const address = server.address()
  const origin = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}`
  const site = {
    origins: originMap([origin]),
    unproven: false,
    setupOpen: false,
    webPath: '/',
    proxies: trustedProxies([]),
    allowHttp: false,
    httpsPort: null,
  }
  const front = createFront({
    site: () => site,
    hot: hotRoutes([]),
    framework: await app.ready(),
    health: async () => ({ status: 200, headers: {} }),
    turned: answerTurned,
    clock,
    newId: () => 'r1',
    log,
    observe: () => undefined,
  })
  server.on('request', front)
  const answer = await fetch(`${origin}/away/`, { redirect: 'manual' })
  assert.equal(answer.status, 500)
  assert.equal(await answer.text(), 'failed')
  assert.deepEqual(logged, ['an answer could not be sent'])
})
