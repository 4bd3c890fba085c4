import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY, HOUR, MINUTE } from '../../../base/clock.ts'
import { parse } from '../../../base/schema.ts'
import { DAYS } from './config.ts'
import { timeWindow } from './index.ts'

const compile = (settings: object) => {
  const config = parse(timeWindow.config, settings)
  return config.ok ? timeWindow.compile(config.value) : config
}
const judgeAt = (settings: object) => {
  const compiled = compile(settings)
  assert.ok(compiled.ok)
  const { judge } = compiled.value
  return (at: number) =>
    judge({
      person: null,
      session: null,
      application: null,
      request: { ip: '10.0.0.1', userAgent: 'test', origin: 'https://id.example.com', at },
      deviceSince: null,
      failures: null,
    })
}
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri']
const work = { time_zone: 'Europe/Berlin', windows: [{ days: WEEKDAYS, from: '08:00', to: '18:00' }] }

test('refuses windows of no time, hours that no clock shows, and zones that nobody knows', () => {
  for (const [settings, path] of [
    [{ windows: [{ from: '08:00', to: '08:00' }] }, 'windows[0].to'],
    [{ windows: [{ from: '24:00', to: '08:00' }] }, 'windows[0].from'],
    [{ windows: [{ from: '8:00' }] }, 'windows[0].from'],
    [{ windows: [{ to: '24:01' }] }, 'windows[0].to'],
    [{ windows: [{ days: [] }] }, 'windows[0].days'],
    [{ windows: [] }, 'windows'],
    [{ time_zone: 'Europe/Atlantis' }, 'time_zone'],
  ] as const) {
    const compiled = compile(settings)
    assert.equal(compiled.ok || compiled.error[0]?.path, path)
  }
})

test('holds from the first minute to before the last, by the clock of the zone', () => {
  const judge = judgeAt(work)
  // A Monday in January: Berlin is an hour ahead.
  const monday = Date.UTC(2026, 0, 5)
  assert.equal(judge(monday + 7 * HOUR - 1).holds, false)
  assert.equal(judge(monday + 7 * HOUR).holds, true)
  assert.equal(judge(monday + 17 * HOUR - 1).holds, true)
  assert.equal(judge(monday + 17 * HOUR).holds, false)
  assert.equal(judge(monday + 5 * DAY + 9 * HOUR).holds, false)
  assert.equal(judge(monday + 8 * HOUR).validUntil, monday + 17 * HOUR)
})

test('a window over midnight belongs to the day it begins on, also from Sunday to Monday', () => {
  const judge = judgeAt({ windows: [{ days: ['sun'], from: '22:00', to: '02:00' }] })
  const monday = Date.UTC(2026, 0, 5)
  assert.equal(judge(monday - 2 * HOUR).holds, true)
  assert.equal(judge(monday + HOUR).holds, true)
  assert.equal(judge(monday + 2 * HOUR).holds, false)
  assert.equal(judge(monday + DAY + HOUR).holds, false)
  assert.equal(judge(monday - DAY - HOUR).holds, false)
})

test('where the clock is put forward and back, the hours are those that it shows', () => {
  const judge = judgeAt(work)
  // Berlin: winter time until 29 March 2026, 1:00 UTC; summer time until 25 October.
  assert.equal(judge(Date.UTC(2026, 2, 30, 6)).holds, true)
  assert.equal(judge(Date.UTC(2026, 2, 27, 6)).holds, false)
  assert.equal(judge(Date.UTC(2026, 9, 26, 6)).holds, false)
  assert.equal(judge(Date.UTC(2026, 9, 26, 7)).holds, true)
})

test('time zones of half and quarter hours are told right', () => {
  const judge = judgeAt({ time_zone: 'Asia/Kathmandu', windows: [{ from: '08:00', to: '09:00' }] })
  assert.equal(judge(Date.UTC(2026, 0, 5, 2, 15)).holds, true)
  assert.equal(judge(Date.UTC(2026, 0, 5, 2, 14, 59)).holds, false)
})

const clock = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`)

test('never says otherwise before `validUntil`, in any zone, over a change of the clock', () => {
  const window = fc
    .record({ days: fc.subarray([...DAYS], { minLength: 1 }), from: clock, to: clock })
    .filter(({ from, to }) => from !== to)
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu')
  // The last week of March and of October, in which most of them change.
  const start = fc.constantFrom(
    Date.UTC(2026, 2, 26),
    Date.UTC(2026, 9, 23),
    Date.UTC(2026, 3, 3),
    Date.UTC(2026, 10, 1),
  )
  fc.assert(
    fc.property(
      zone,
      fc.array(window, { minLength: 1, maxLength: 3 }),
      start,
      fc.integer({ min: 0, max: 4 * 24 * 60 }),
      fc.array(fc.integer({ min: 0, max: 26 * 60 }), { maxLength: 20 }),
      (time_zone, windows, from, after, looks) => {
        const judge = judgeAt({ time_zone, windows })
        const at = from + after * MINUTE
        const { holds, validUntil = Number.POSITIVE_INFINITY } = judge(at)
        assert.ok(validUntil > at)
        for (const look of looks) {
          const later = at + look * MINUTE
          if (later < validUntil) assert.equal(judge(later).holds, holds)
        }
      },
    ),
    { numRuns: 300 },
  )
})
