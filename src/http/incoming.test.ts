import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { type Incoming, judgeIncoming, type Turned } from './incoming.ts'
import { originMap, type Site } from './site.ts'
import { trustedProxies } from './trusted-proxies.ts'

const site = (over: Partial<Site> = {}): Site => ({
  origins: originMap(['https://auth.example.com', 'https://brand.example']),
  unproven: false,
  setupOpen: false,
  webPath: '/',
  proxies: trustedProxies([]),
  allowHttp: false,
  httpsPort: 9443,
  ...over,
})

const ask = (
  url: string,
  peer: string,
  headers: Record<string, string>,
  over: Partial<Site> = {},
): Incoming | Turned => {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  // Only what is judged: the target, the headers and the peer.
  const rawHeaders = Object.entries(headers).flat()
  const request = { url, headers, rawHeaders, socket, method: 'GET' } as unknown as IncomingMessage
  return judgeIncoming(request, site(over))
}
const proxies = trustedProxies(['10.0.0.0/8'])
const turnOf = (judged: Incoming | Turned) => ('turn' in judged ? judged.turn : `served as ${judged.origin}`)

test('G02 builds addresses from the configured origin, whatever Host and forwarded headers say', () => {
  const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
  assert.equal(turnOf(ask('/', '127.0.0.1', evil)), 'unknown_host')
  const believed = ask('/', '127.0.0.1', { host: 'auth.example.com', 'x-forwarded-host': 'evil.example' })
  assert.equal(turnOf(believed), 'served as https://auth.example.com')
})

test('D20 refuses a host that is none of ours, with user info, or asked for in absolute form', () => {
  for (const host of [
    'other.example',
    'auth.example.com@evil.example',
    'auth.example.com.evil.example',
    '',
    'auth.example.com:8443',
  ]) {
    assert.equal(turnOf(ask('/', '127.0.0.1', { host })), 'unknown_host', host)
  }
  assert.equal(turnOf(ask('http://auth.example.com/', '127.0.0.1', { host: 'auth.example.com' })), 'malformed')
})

test('D20 turns away a request that names two hosts, also twice the same (RFC 9112 §3.2)', () => {
  // Node keeps the first of them in `headers`.
  const twice = { host: 'auth.example.com', HOST: 'auth.example.com' }
  assert.equal(turnOf(ask('/', '127.0.0.1', twice)), 'malformed')
  assert.equal(turnOf(ask('/', '127.0.0.1', { host: 'auth.example.com', Host: 'evil.example' })), 'malformed')
})

test('D08 turns away targets that name no path', () => {
  for (const url of ['*', 'auth.example.com:443', '', `/${'a'.repeat(20_000)}`]) {
    assert.equal(turnOf(ask(url, '127.0.0.1', { host: 'auth.example.com' })), 'malformed')
  }
})

test('D05 believes forwarded headers from named proxies only', () => {
  const headers = { host: 'auth.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }
  assert.equal(turnOf(ask('/', '198.51.100.7', headers, { proxies })), 'to_https')
  const judged = ask('/', '10.1.2.3', headers, { proxies })
  assert.ok('ip' in judged && judged.ip === '203.0.113.9' && turnOf(judged).startsWith('served'))
})

test('D11 takes the right-most hop that is no proxy of ours', () => {
  const headers = {
    host: 'auth.example.com',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '10.0.0.1, 203.0.113.9, 10.9.9.9',
  }
  const judged = ask('/', '10.1.2.3', headers, { proxies })
  assert.ok('ip' in judged && judged.ip === '203.0.113.9')
  const forged = ask('/', '203.0.113.5', { ...headers, 'x-real-ip': '10.0.0.1' }, { proxies, allowHttp: true })
  assert.ok('ip' in forged && forged.ip === '203.0.113.5')
})

test('answers plain HTTP to loopback, and sends others to https', () => {
  assert.equal(turnOf(ask('/', '::1', { host: 'auth.example.com' })), 'served as https://auth.example.com')
  const judged = ask('/if/user/?a=1', '192.0.2.1', { host: 'auth.example.com' })
  assert.deepEqual(
    'turn' in judged && judged.turn === 'to_https' && judged.location,
    'https://auth.example.com:9443/if/user/?a=1',
  )
})

test('answers health to anyone under any name', () => {
  assert.ok(!('turn' in ask('/-/health/live/', '192.0.2.1', { host: 'pod-7:9000' })))
})

test('G10 answers set-up under any name only until the address is proven', () => {
  const open = { origins: originMap([]), unproven: true, setupOpen: true, allowHttp: true }
  const link = '/if/flow/initial-setup/?token=x'
  assert.equal(turnOf(ask(link, '192.0.2.1', { host: 'new.example:9000' }, open)), 'served as http://new.example:9000')
  assert.equal(
    turnOf(ask('/application/o/authorize/', '192.0.2.1', { host: 'new.example:9000' }, open)),
    'unknown_host',
  )
  assert.equal(
    turnOf(ask(link, '192.0.2.1', { host: 'new.example:9000' }, { ...open, setupOpen: false })),
    'unknown_host',
  )
  assert.equal(turnOf(ask(link, '127.0.0.1', { host: 'evil.example' })), 'unknown_host')
})

test('takes the web path off, and leads to it from the root', () => {
  const judged = ask('/auth/if/user/', '127.0.0.1', { host: 'auth.example.com' }, { webPath: '/auth/' })
  assert.ok('path' in judged && judged.path === '/if/user/')
  assert.equal(turnOf(ask('/', '127.0.0.1', { host: 'auth.example.com' }, { webPath: '/auth/' })), 'to_web_path')
  assert.equal(turnOf(ask('/other', '127.0.0.1', { host: 'auth.example.com' }, { webPath: '/auth/' })), 'elsewhere')
})

test('refuses a proxy list that cannot be read', () => {
  for (const cidr of ['10.0.0.0/33', 'proxy', '10.0.0', '::1/129']) assert.throws(() => trustedProxies([cidr]))
})

test('G10 keeps the address that a proxy claims for set-up alone, and tells who forwarded it', () => {
  const open = { origins: originMap([]), unproven: true, setupOpen: true }
  const headers = { host: 'auth.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' }
  const judged = ask('/if/flow/initial-setup/', '172.18.0.2', headers, open)
  assert.ok(
    'origin' in judged && judged.origin === 'https://auth.example.com' && judged.forwarded?.peer === '172.18.0.2',
  )
  assert.ok('ip' in judged && judged.ip === '172.18.0.2')
  assert.equal(turnOf(ask('/if/user/', '172.18.0.2', headers, open)), 'unknown_host')
  assert.equal(turnOf(ask('/if/user/', '172.18.0.2', headers)), 'to_https')
})

test('binds a name to HTTPS only over TLS, where the address is known and is a name of one host (RFC 6797 §7.2)', () => {
  const told = (host: string, over: Partial<Site> = {}, scheme = 'https'): boolean => {
    const forwarded = { 'x-forwarded-host': host, 'x-forwarded-proto': scheme }
    const judged = ask('/', '10.0.0.2', { host: 'inside', ...forwarded }, { proxies, ...over })
    return 'turn' in judged ? assert.fail(judged.turn) : judged.strictTransport
  }
  assert.equal(told('auth.example.com'), true)
  assert.equal(told('auth.example.com:443'), true)
  const plainly = { allowHttp: true }
  assert.equal(told('auth.example.com', plainly, 'http'), false, 'over plain HTTP')
  assert.equal(told('auth.example.com', { origins: originMap(['http://auth.example.com']) }), false)
  for (const local of ['https://localhost:9443', 'https://a.localhost', 'https://192.0.2.7', 'https://[2001:db8::1]']) {
    assert.equal(told(new URL(local).host, { origins: originMap([local]) }), false, local)
  }
  assert.equal(told('auth.example.com', { unproven: true, setupOpen: true }), false, 'before an address is proven')
  for (const name of ['https://localhost.example.com', 'https://1.2.3.4.example.com']) {
    assert.equal(told(new URL(name).host, { origins: originMap([name]) }), true, name)
  }
})
