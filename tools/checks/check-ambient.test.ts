import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ambientUses } from './check-ambient.ts'

const reaches = (file: string, text: string): boolean => ambientUses(file, text).length > 0

test('finds the environment in every spelling, outside the file that reads it', () => {
  for (const text of [
    'const a = process.env.A',
    "const a = process['env'].A",
    'const { env } = process',
    'const p = process',
    'const a = globalThis.process.env',
    'f(process)',
  ]) {
    assert.ok(reaches('src/core/x.ts', text), text)
    assert.ok(!reaches('tools/x.ts', text), text)
  }
  assert.ok(!reaches('src/ops/config.ts', 'const read = (environment = process.env) => environment'))
  assert.ok(!reaches('src/core/x.ts', 'const a = process.pid; type P = { process: string }; const b = x.process'))
  assert.ok(!reaches('src/http/x.ts', 'const process = token(); f(process)'))
})

test('finds a request that leaves past the one client', () => {
  for (const text of ['await fetch(url)', 'const f = fetch', 'globalThis.fetch(url)', 'new WebSocket(url)']) {
    assert.ok(reaches('src/jobs/x.ts', text), text)
  }
  assert.ok(!reaches('src/outgoing/x.ts', 'await fetch(url)'))
  assert.ok(!reaches('src/jobs/x.ts', 'client.fetch(url); const { a: fetch } = b; type F = { fetch(): void }'))
})

test('finds the clock and chance in the rooms that are pure', () => {
  for (const text of [
    'Date.now()',
    'new Date()',
    'new Date',
    'performance.now()',
    'setTimeout(f, 1)',
    'Math.random()',
    'randomBytes(4)',
    'crypto.randomUUID()',
  ]) {
    assert.ok(reaches('src/protocol/oidc/x.ts', text), text)
    assert.ok(!reaches('src/http/x.ts', text), text)
  }
  assert.ok(!reaches('src/policy/x.ts', 'const hour = new Date(now).getUTCHours(); timers.setTimeout(f, 1)'))
})
