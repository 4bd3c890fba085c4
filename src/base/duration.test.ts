import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration, parseDuration } from './duration.ts'

test('reads short durations', () => {
  assert.equal(parseDuration('12h'), 43_200_000)
  assert.equal(parseDuration('1h30m'), 5_400_000)
  assert.equal(parseDuration('0s'), 0)
})

test("reads authentik's durations", () => {
  assert.equal(parseDuration('hours=1;minutes=2;seconds=3'), 3_723_000)
  assert.equal(parseDuration('days=30'), 2_592_000_000)
})

test('refuses what is no duration, and what is longer than a century', () => {
  for (const text of ['', '12', 'h', '-1h', '1 h', 'm=1', 'hours=', '1y', '99999999999w', 'hours=1;;']) {
    assert.equal(parseDuration(text), null, text)
  }
})

test('writes the shortest spelling that reads back the same', () => {
  for (const text of ['1h30m', '30d', '0s', '250ms']) assert.equal(formatDuration(parseDuration(text) ?? -1), text)
})
