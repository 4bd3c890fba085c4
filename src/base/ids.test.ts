import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Id, isUuid, newId } from './ids.ts'
import { systemRandom } from './random.ts'

test('ids sort by time, and within a millisecond in the order they were made (RFC 9562 §6.2)', () => {
  const ids = [5, 5, 5, 6, 6, 7, 7, 7, 7].map((now) => newId<Id<'event'>>(now, systemRandom))
  assert.deepEqual(ids.toSorted(), ids)
  assert.equal(new Set(ids).size, ids.length)
  for (const id of ids) assert.ok(isUuid(id) && id[14] === '7', id)
})

test('ids of different processes do not meet: most of an id is drawn', () => {
  const drawn = new Set(Array.from({ length: 1_000 }, (_, now) => newId<Id<'event'>>(now % 2, systemRandom).slice(-12)))
  assert.equal(drawn.size, 1_000)
})
