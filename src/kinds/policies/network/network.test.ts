import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW } from '../../../../test/support/stage-world.ts'
import { parse } from '../../../base/schema.ts'
import { network } from './index.ts'

const compile = (settings: object) => {
  const config = parse(network.config, settings)
  return network.compile(config.ok ? config.value : assert.fail())
}
const from = (settings: object, ip: string) => {
  const compiled = compile(settings)
  assert.ok(compiled.ok)
  return compiled.value.judge({
    person: null,
    session: null,
    application: null,
    request: { ip, userAgent: 'test', origin: 'https://id.example.com', at: NOW },
    deviceSince: null,
    failures: null,
  })
}
const office = { allowed: ['192.0.2.0/24', '2001:db8:1::/48'], refused: ['192.0.2.66', '2001:db8:1:bad::/64'] }

test('refuses what is no network, with its place', () => {
  for (const text of ['192.0.2.1/24', '010.0.0.1', '10.0.0.0/33', 'office', '10.0.0.0/8/8', '']) {
    const compiled = compile({ allowed: ['10.0.0.0/8', text] })
    assert.equal(compiled.ok || compiled.error[0]?.path, 'allowed[1]', text)
  }
})

test('holds for no address outside of what is allowed, nor for one that is refused', () => {
  for (const ip of ['192.0.3.1', '192.0.2.66', '2001:db8:2::1', '2001:db8:1:bad::7', '::ffff:192.0.2.66'])
    assert.equal(from(office, ip).holds, false, ip)
})

test('what is no address cannot be judged, also where nothing is refused', () => {
  for (const ip of ['', 'unknown', 'fe80::1%eth0', '192.0.2.1, 10.0.0.1']) {
    assert.deepEqual([from({}, ip).holds, from({}, ip).failed], [false, true], ip)
  }
})

test('holds for addresses of both families, spelt as they come', () => {
  for (const ip of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8:1::7', '2001:0DB8:1:0:0:0:0:7'])
    assert.equal(from(office, ip).holds, true, ip)
  assert.equal(from({ refused: ['10.0.0.0/8'] }, '192.0.2.1').holds, true)
})

test('names an address that it holds for, past those that are refused', () => {
  const address = (settings: object) => {
    const compiled = compile(settings)
    return compiled.ok ? compiled.value.address : assert.fail()
  }
  assert.equal(address(office), '192.0.2.0')
  assert.equal(address({ allowed: ['10.0.0.0/24', '10.0.1.0/24'], refused: ['10.0.0.0/24'] }), '10.0.1.0')
  assert.equal(address({}), undefined)
})
