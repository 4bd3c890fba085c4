import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inNetwork, parseNetwork } from './network.ts'

const inside = (address: string, text: string): boolean | null => {
  const network = parseNetwork(text)
  assert.ok(network, text)
  return inNetwork(address, network)
}

test('an address lies in a network when its first bits are those of the network (RFC 4632 §3.1)', () => {
  assert.equal(inside('10.255.0.1', '10.0.0.0/8'), true)
  assert.equal(inside('11.0.0.1', '10.0.0.0/8'), false)
  assert.equal(inside('192.168.1.77', '192.168.1.64/26'), true)
  assert.equal(inside('192.168.1.128', '192.168.1.64/26'), false)
  assert.equal(inside('203.0.113.7', '0.0.0.0/0'), true)
  assert.equal(inside('203.0.113.7', '203.0.113.7'), true)
  assert.equal(inside('2001:db8::1', '2001:db8::/32'), true)
  assert.equal(inside('2001:db9::1', '2001:db8::/32'), false)
  assert.equal(inside('fd12:3456::1', 'fd00::/8'), true)
  assert.equal(inside('2001:DB8:0:0:0:0:0:1', '2001:db8::1'), true)
})

test('an IPv4 address that comes over a dual-stack socket is itself (RFC 4291 §2.5.5.2)', () => {
  assert.equal(inside('::ffff:10.1.2.3', '10.0.0.0/8'), true)
  assert.equal(inside('::ffff:0a01:0203', '10.0.0.0/8'), true)
  assert.equal(inside('10.1.2.3', '::ffff:10.0.0.0/104'), true)
  assert.equal(inside('10.1.2.3', '::/0'), false)
})

test('refuses spellings that other software reads as another address', () => {
  for (const text of [
    '010.0.0.1',
    '10.1',
    '0x7f.0.0.1',
    '2130706433',
    '10.0.0.256',
    '10.0.0.1 ',
    'fe80::1%eth0',
    '::1::',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2:3:4:5:6:7:8',
    '::g',
    '12345::',
    '::ffff:1.2.3',
    '1.2.3.4::',
    '',
    'a'.repeat(70_000),
  ]) {
    assert.equal(inside(text, '0.0.0.0/0'), null, text.slice(0, 40))
  }
})

test('refuses networks with bits beyond their prefix, and prefixes beyond their address', () => {
  for (const text of [
    '10.1.2.3/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    'fd00::1/8',
    'fd00::/129',
    '/8',
    'any',
  ]) {
    assert.equal(parseNetwork(text), null, text)
  }
})
