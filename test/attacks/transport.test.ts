/** What the server tells browsers about HTTPS (RFC 6797): over TLS, for an address that is a name, and never else. */
import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { test } from 'node:test'
import { ask } from '../support/ask.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'

const HEADER = 'strict-transport-security'
const A_YEAR = 'max-age=31536000'
const PAGES = ['/', '/if/flow/sign-in/', '/nothing/', '/application/o/userinfo/', '/api/v1/me'] as const

/** Headers of an answer of the https listener, under that name. */
const overTls = ({ httpsUrl }: Gatehouse, path: string, host: string): Promise<IncomingHttpHeaders> =>
  new Promise((resolve, reject) => {
    const settings = { headers: { host }, rejectUnauthorized: false, agent: false }
    const outgoing = request(new URL(path, httpsUrl), settings, (incoming) => {
      incoming.resume()
      incoming.on('end', () => resolve(incoming.headers))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })

test('tells browsers to keep to HTTPS where they came by it to a public address', async (context) => {
  const gatehouse = await startGatehouse(context, {
    environment: {
      GATEHOUSE_PUBLIC_URL: 'https://auth.example.com',
      GATEHOUSE_BOOTSTRAP_PASSWORD: 'a quiet long passphrase',
      GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128',
    },
  })
  const proxied = { host: 'inside', 'x-forwarded-host': 'auth.example.com' }
  const behindProxy = async (path: string, scheme: string) =>
    (await ask(gatehouse.url + path, { headers: { ...proxied, 'x-forwarded-proto': scheme } })).headers[HEADER]
  for (const path of PAGES) {
    assert.equal((await overTls(gatehouse, path, 'auth.example.com'))[HEADER], A_YEAR, path)
    assert.equal(await behindProxy(path, 'https'), A_YEAR, path)
    assert.equal(await behindProxy(path, 'http'), undefined, path)
    const plain = await ask(gatehouse.url + path, { headers: { host: 'auth.example.com' } })
    assert.equal(plain.headers[HEADER], undefined, path)
  }
})

test('binds nobody to HTTPS at localhost, nor while set-up looks for its address', async (context) => {
  const local = await startGatehouse(context)
  const open = await startGatehouse(context, { environment: { GATEHOUSE_PUBLIC_URL: '' } })
  for (const path of PAGES) {
    for (const [gatehouse, host] of [
      [local, new URL(local.url).host],
      [open, new URL(open.httpsUrl).host],
      [open, 'auth.example.com'],
    ] as const) {
      assert.equal((await overTls(gatehouse, path, host))[HEADER], undefined, `${host}${path}`)
    }
  }
})
