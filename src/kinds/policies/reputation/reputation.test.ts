import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW } from '../../../../test/support/stage-world.ts'
import { parse } from '../../../base/schema.ts'
import { type Failures, NO_FAILURES } from '../../../domain/guess-limits/failures.ts'
import { reputation } from './index.ts'

const judge = (failures: Partial<Failures> | null, settings: object = {}) => {
  const config = parse(reputation.config, settings)
  const compiled = reputation.compile(config.ok ? config.value : assert.fail())
  assert.ok(compiled.ok)
  return compiled.value.judge({
    person: null,
    session: null,
    application: null,
    request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    deviceSince: null,
    failures: failures && { ...NO_FAILURES, ...failures },
  })
}

test('does not hold once as many tries failed as are set, in any of the counts', () => {
  for (const count of [{ pair: 10 }, { network: 50 }, { device: 10 }]) {
    assert.equal(judge(count).holds, false, JSON.stringify(count))
  }
  assert.equal(judge({ account: 7 }, { account: 7 }).holds, false)
})

test('M16 a browser that is known is judged by its own count, whatever strangers do', () => {
  const storm = { pair: 900, account: 90_000, network: 5_000 }
  assert.equal(judge({ ...storm, device: 0 }, { account: 1 }).holds, true)
  assert.equal(judge({ ...storm, device: null }, { account: 1 }).holds, false)
})

test('M16 unless somebody asks for it, failures at the account from everywhere keep nobody out', () => {
  assert.equal(judge({ account: 90_000 }).holds, true)
})

test('M16 what a client renews is not ended by strangers who guess', () => {
  assert.equal(judge(null, { account: 1 }).holds, true)
})

test('says nothing beyond the instant, since the next try changes the counts', () => {
  assert.equal(judge({}).validUntil, NOW)
  assert.equal(judge({ pair: 99 }).validUntil, NOW)
})
