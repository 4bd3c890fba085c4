import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Snapshot } from '../kinds/contract/resource.ts'
import { readConfig } from './config.ts'
import { siteView } from './site-view.ts'

test('knows the https port also where a request came before that listener was open', () => {
  const config = readConfig({})
  assert.ok(config.ok)
  const facts = { installId: '', publicUrl: null, trustedProxies: [], setupDone: false }
  // Without a single resource.
  const snapshot = { all: () => new Map(), get: () => undefined } as unknown as Snapshot
  let ports: { https?: number } = {}
  const site = siteView(config.value, { instance: () => facts, snapshot: () => snapshot, ports: () => ports })
  const httpsPort = () => {
    const now = site()
    return now instanceof Promise ? undefined : now.httpsPort
  }
  assert.equal(httpsPort(), null)
  ports = { https: 9443 }
  assert.equal(httpsPort(), 9443)
  assert.equal(site(), site())
})
