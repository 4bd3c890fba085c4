import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR, MINUTE, SECOND } from '../../base/clock.ts'
import { countGuess, forgiveGuess, GUESS_RULES, GUESS_SCOPES, type GuessCount, guessWait } from './guess-limit.ts'
import { networkOf } from './network-of.ts'

const after = (failures: number, scope: (typeof GUESS_SCOPES)[number], lastAt = 0): GuessCount => {
  let count: GuessCount | undefined
  for (let index = 0; index < failures; index += 1) count = countGuess(count, scope, lastAt)
  return count ?? { failures: 0, lastAt }
}

test('lets a person mistype a few times, then makes each next try wait twice as long, up to a bound', () => {
  assert.equal(guessWait(undefined, 'pair', 0), 0)
  assert.equal(guessWait(after(4, 'pair'), 'pair', 0), 0)
  assert.deepEqual(
    [5, 6, 7, 8].map((failures) => guessWait(after(failures, 'pair'), 'pair', 0)),
    [2, 4, 8, 16].map((seconds) => seconds * SECOND),
  )
  assert.equal(guessWait(after(40, 'pair'), 'pair', 0), 15 * MINUTE)
  assert.equal(guessWait(after(2_000, 'pair'), 'pair', 0), 15 * MINUTE)
})

test('takes the next try once the wait is over, and forgets failures that lie long behind', () => {
  const count = after(6, 'pair', 1_000)
  assert.equal(guessWait(count, 'pair', 1_000 + 3 * SECOND), SECOND)
  assert.equal(guessWait(count, 'pair', 1_000 + 4 * SECOND), 0)
  assert.deepEqual(countGuess(count, 'pair', 13 * HOUR), { failures: 1, lastAt: 13 * HOUR })
})

test('M16 what a stranger does to an account never makes its owner wait longer than half a minute', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: -HOUR, max: HOUR }), (failures, later) => {
      assert.ok(guessWait({ failures, lastAt: HOUR }, 'account', HOUR + later) <= 30 * SECOND)
    }),
  )
})

test('O08 a clock that was set back makes no wait longer than its bound', () => {
  for (const scope of GUESS_SCOPES)
    assert.ok(guessWait({ failures: 10_000, lastAt: 10 * HOUR }, scope, 0) <= GUESS_RULES[scope].most)
})

test('a right one clears what is the person’s alone, and takes its own try back from what is shared', () => {
  assert.equal(forgiveGuess(after(4, 'pair'), 'pair'), null)
  assert.equal(forgiveGuess(after(4, 'device'), 'device'), null)
  assert.equal(forgiveGuess(after(4, 'network'), 'network')?.failures, 3)
  assert.equal(forgiveGuess(after(1, 'house'), 'house'), null)
})

test('counts a whole network as one: a /24 of IPv4, a /64 of IPv6', () => {
  assert.equal(networkOf('192.0.2.77'), '192.0.2.0/24')
  assert.equal(networkOf('::ffff:192.0.2.77'), '192.0.2.0/24')
  for (const address of ['2001:db8:0:1::1', '2001:0DB8:0:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1:0:0:0:2%eth0'])
    assert.equal(networkOf(address), '2001:db8:0:1::/64', address)
  assert.equal(networkOf('::1'), '0:0:0:0::/64')
  assert.equal(networkOf('fe80::'), 'fe80:0:0:0::/64')
  for (const odd of ['', 'nowhere', '1:2:3', '1::2::3', '1:2:3:4:5:6:7:8:9']) assert.equal(networkOf(odd), odd)
})
