/** Holds at certain hours of certain days, by the clock of one zone; its verdict stands until the next edge. */
import { DAY, MINUTE } from '../../../base/clock.ts'
import { err, ok } from '../../../base/result.ts'
import type { Issue } from '../../../base/schema.ts'
import type { PolicyFacts, PolicyVerdict } from '../../../domain/policies/policy.ts'
import type { PolicyKind } from '../../contract/policy.ts'
import { Config, compileWindows, DAY_MINUTES, DAYS, type Spans, WEEK_MINUTES, windowAt } from './config.ts'
import { type LocalClock, localClock } from './local-clock.ts'

export const timeWindow = {
  id: 'time-window',
  config: Config,
  version: 1,
  text: 'denied.policy.time_window',
  compile: (config) => {
    const issues: Issue[] = []
    const spans = compileWindows(config)
    if (!spans.ok) issues.push(...spans.error)
    const clock = localClock(config.time_zone)
    if (!clock) issues.push({ path: 'time_zone', message: 'is no time zone; one is spelt like Europe/Berlin' })
    if (!spans.ok || !clock) return err(issues)
    return ok({
      reads: [],
      judge: ({ request }: PolicyFacts) => judge(config.time_zone, clock, spans.value, request.at),
    })
  },
} satisfies PolicyKind<Config>

const judge = (zone: string, clock: LocalClock, spans: Spans, at: number): PolicyVerdict => {
  const minute = minuteOfWeek(clock, at)
  const { within, next } = windowAt(spans, minute)
  const shown = `${DAYS[Math.floor(minute / DAY_MINUTES)]} ${clockText(minute % DAY_MINUTES)}`
  return {
    holds: within,
    says: `it is ${shown} in ${zone}, ${within ? 'within' : 'outside of'} the hours`,
    saw: { time: shown, time_zone: zone },
    ...(within
      ? {}
      : { cure: `Come ${next === null ? '' : `${inWords(next)} later, `}or add this time to \`windows\`.` }),
    ...(next === null ? {} : { validUntil: edgeAt(clock, at, next) }),
  }
}

// 1 January 1970 was a Thursday.
const THURSDAY = 3 * DAY_MINUTES

const minuteOfWeek = (clock: LocalClock, at: number): number => {
  const local = Math.floor(at / MINUTE) + clock.offset(at) + THURSDAY
  return ((local % WEEK_MINUTES) + WEEK_MINUTES) % WEEK_MINUTES
}

const clockText = (minute: number): string =>
  [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':')

const inWords = (minutes: number): string => {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return [...(hours > 0 ? [`${hours} h`] : []), ...(rest > 0 ? [`${rest} min`] : [])].join(' ')
}

const QUARTER = 15 * MINUTE

/**
 * When the clock shows the edge. Where it is put forward or back on the way, the next quarter of an hour instead, to look
 * again then: zones change at whole quarters, and until then this clock runs evenly.
 */
const edgeAt = (clock: LocalClock, at: number, minutes: number): number => {
  const edge = Math.floor(at / MINUTE) * MINUTE + minutes * MINUTE
  const even = edge - at <= DAY && clock.offset(edge) === clock.offset(at)
  return even ? edge : Math.min(edge, (Math.floor(at / QUARTER) + 1) * QUARTER)
}
