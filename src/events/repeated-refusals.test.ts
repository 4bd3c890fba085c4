import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE } from '../base/clock.ts'
import type { EventDraft } from './event.ts'
import { createRepeatedRefusals } from './repeated-refusals.ts'

const START = Date.UTC(2030, 0, 1)

const refusal = (ip: string, given: Partial<EventDraft> = {}): EventDraft => ({
  type: 'login.failed',
  actor: { kind: 'anonymous' },
  client: { ip, userAgent: 'x', request: 'r' },
  ...given,
})

/** As the recorder does it: told whole, or counted. Gives back what was told. */
const storm = (refusals: ReturnType<typeof createRepeatedRefusals>, events: Iterable<EventDraft>, now: number) => {
  let told = 0
  for (const event of events) {
    if (refusals.isTold(event, now)) told += 1
    else refusals.count(event, now)
  }
  return told
}

const repeat = function* (times: number, make: (index: number) => EventDraft) {
  for (let index = 0; index < times; index += 1) yield make(index)
}

test('M15 a hundred thousand refusals of one network in a minute are twenty events and one with the count', () => {
  const refusals = createRepeatedRefusals()
  assert.equal(
    storm(
      refusals,
      repeat(100_000, () => refusal('192.0.2.1')),
      START,
    ),
    20,
  )
  const [only, ...more] = refusals.take()
  assert.deepEqual(more, [])
  assert.equal(only?.type, 'login.failed')
  assert.deepEqual(only?.detail, { repeated: 99_980, since: START, from: '192.0.2.1' })
  assert.deepEqual(refusals.take(), [], 'each count is told once')
})

test('M15 telling a count gives nobody another twenty within the minute; the next minute does', () => {
  const refusals = createRepeatedRefusals()
  const many = () => repeat(30, () => refusal('192.0.2.1'))
  assert.equal(storm(refusals, many(), START), 20)
  refusals.take()
  assert.equal(storm(refusals, many(), START + MINUTE - 1), 0)
  assert.equal(storm(refusals, many(), START + MINUTE), 20)
  assert.deepEqual(
    refusals.take().map(({ detail }) => [detail?.repeated, detail?.since]),
    [
      [30, START],
      [10, START + MINUTE],
    ],
  )
})

test('M15 a clock that was set back keeps nobody quiet', () => {
  const refusals = createRepeatedRefusals()
  const many = () => repeat(30, () => refusal('192.0.2.1'))
  storm(refusals, many(), START)
  assert.equal(storm(refusals, many(), START - MINUTE), 20)
})

test('M15 a botnet of ten thousand networks is bounded in rows and in memory', () => {
  const refusals = createRepeatedRefusals()
  const events = repeat(50_000, (index) => refusal(`10.${index % 100}.${Math.floor(index / 100) % 100}.1`))
  assert.equal(storm(refusals, events, START), 600)
  const told = refusals.take()
  assert.ok(told.length <= 501, String(told.length))
  assert.equal(
    told.reduce((sum, { detail }) => sum + Number(detail?.repeated), 0),
    49_400,
  )
  assert.equal(told.at(-1)?.detail?.from, 'many networks')
})

test('M15 an IPv6 line counts as one, whichever of its addresses it uses', () => {
  const refusals = createRepeatedRefusals()
  const events = repeat(100, (index) => refusal(`2001:db8:0:7:${index.toString(16)}::1`))
  assert.equal(storm(refusals, events, START), 20)
  assert.equal(refusals.take()[0]?.detail?.from, '2001:db8:0:7::/64')
  assert.equal(
    storm(
      refusals,
      repeat(100, (index) => refusal(`2001:db8::${index.toString(16)}`)),
      START,
    ),
    20,
  )
  assert.equal(refusals.take()[0]?.detail?.from, '2001:db8:0:0::/64')
})

test('M15 a used token that is sent for ever tells of its grant, and of no other, without end', () => {
  const refusals = createRepeatedRefusals()
  const reused = (grant: string): EventDraft => ({
    type: 'oauth.refresh_reused',
    actor: { kind: 'client', id: 'app' },
    target: `grants/${grant}`,
  })
  assert.equal(
    storm(
      refusals,
      repeat(500, () => reused('a')),
      START,
    ),
    20,
  )
  assert.ok(refusals.isTold(reused('b'), START))
  assert.deepEqual(
    refusals.take().map(({ detail }) => [detail?.from, detail?.repeated]),
    [['grants/a', 480]],
  )
})

test('one network does not silence another, nor one kind of refusal another', () => {
  const refusals = createRepeatedRefusals()
  storm(
    refusals,
    repeat(100, () => refusal('192.0.2.1')),
    START,
  )
  assert.ok(refusals.isTold(refusal('192.0.2.2'), START))
  assert.ok(refusals.isTold(refusal('192.0.2.1', { type: 'token.refused' }), START))
  assert.ok(refusals.isTold(refusal('192.0.2.1', { organisation: 'north' }), START))
})

test('what is no stranger’s doing is always told whole', () => {
  const refusals = createRepeatedRefusals()
  const ana = { kind: 'user', id: 'u', name: 'ana' } as const
  const events: EventDraft[] = [
    refusal('192.0.2.1', { type: 'login.succeeded', actor: ana }),
    // Its code is on the page of somebody who is signed in, and must be found.
    refusal('192.0.2.1', { type: 'application.denied', actor: ana }),
    { type: 'job.dead', actor: { kind: 'system', name: 'jobs' } },
  ]
  for (const event of events)
    assert.equal(
      storm(
        refusals,
        repeat(100, () => event),
        START,
      ),
      100,
      event.type,
    )
})
