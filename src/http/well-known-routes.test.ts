import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WireRequest, WireResponse } from '../base/wire.ts'
import type { App, Handler } from './app.ts'
import { originMap, type Site } from './site.ts'
import { mountWellKnown } from './well-known-routes.ts'

const HOSTS = ['https://auth.example.com', 'https://login.example.org', 'https://other.example.net']
const RP_IDS: Readonly<Record<string, string>> = {
  'https://auth.example.com': 'auth.example.com',
  'https://login.example.org': 'auth.example.com',
  'https://other.example.net': 'other.example.net',
}

const ask = async (path: string, origin: string): Promise<WireResponse> => {
  const routes = new Map<string, Handler>()
  // Of the app nothing but this is asked.
  const app = {
    route: (_method: string, at: string, handler: Handler) => routes.set(at, handler),
  } as unknown as App
  mountWellKnown(app, {
    // Of the site, its origins.
    site: () => ({ origins: originMap(HOSTS) }) as unknown as Site,
    relyingParty: (one) => ({ id: RP_IDS[one] ?? '', name: 'Example' }),
    webPath: '/auth/',
  })
  // Handlers read the origin alone.
  return (routes.get(path) ?? assert.fail(path))({ origin } as WireRequest, {})
}
const bodyOf = ({ body }: WireResponse): unknown => JSON.parse(String(body))

test('tells password managers where passkeys are added and kept, at the address that was asked for', async () => {
  const answer = await ask('/.well-known/passkey-endpoints', 'https://login.example.org')
  assert.equal(answer.headers?.['content-type'], 'application/json')
  const there = 'https://login.example.org/auth/if/user/security/'
  assert.deepEqual(bodyOf(answer), { enroll: there, manage: there })
})

test('lists the origins that may use passkeys of this host, and none of another (Level 3 §5.11)', async () => {
  const answer = await ask('/.well-known/webauthn', 'https://auth.example.com')
  assert.deepEqual(bodyOf(answer), { origins: ['https://auth.example.com', 'https://login.example.org'] })
  for (const origin of ['https://login.example.org', 'https://other.example.net']) {
    assert.equal((await ask('/.well-known/webauthn', origin)).status, 404)
  }
})

test('leads to where a password is changed, where who signs in is led on', async () => {
  const path = '/.well-known/change-password'
  const answer = await ask(path, 'https://auth.example.com')
  // What the page allows of a redirect: 302, 303 or 307.
  assert.equal(answer.status, 302)
  assert.equal(answer.headers?.location, '/auth/if/user/security/password/')
})
