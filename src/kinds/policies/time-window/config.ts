/** Settings of time windows, and what they compile to: minutes of a week as the clock of one zone shows them. */
import { err, ok, type Result } from '../../../base/result.ts'
import { Closed, type Issue, type Static, Type } from '../../../base/schema.ts'

/** Monday first, as in ISO 8601. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const Clock = (options: object) =>
  Type.String({ pattern: '^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$', examples: ['08:00'], ...options })

export const Config = Closed({
  time_zone: Type.String({
    default: 'UTC',
    maxLength: 64,
    description: 'IANA name of the zone whose clock counts.',
    examples: ['Europe/Berlin'],
  }),
  windows: Type.Array(
    Closed({
      days: Type.Array(Type.Enum([...DAYS]), {
        default: [...DAYS],
        minItems: 1,
        description: 'On which days; each is the day on which the window begins.',
      }),
      from: Clock({ default: '00:00' }),
      to: Clock({ default: '24:00', description: 'Not later than `from`: on the day after.' }),
    }),
    { default: [{}], minItems: 1, maxItems: 50, description: 'It holds within any of them.' },
  ),
})
export type Config = Static<typeof Config>

export const DAY_MINUTES = 24 * 60
export const WEEK_MINUTES = 7 * DAY_MINUTES

/** Half-open spans of minutes since Monday 00:00; the second may lie in the week after. */
export type Spans = readonly (readonly [from: number, to: number])[]

export const compileWindows = ({ windows }: Config): Result<Spans, Issue[]> => {
  const issues: Issue[] = []
  const spans = windows.flatMap(({ days, from, to }, index) => {
    const [begin, end] = [minutesOf(from), minutesOf(to)]
    if (begin === DAY_MINUTES) issues.push({ path: `windows[${index}].from`, message: 'must be 23:59 at most' })
    // Either no time at all or the whole day: which of them was meant cannot be told.
    if (begin === end) issues.push({ path: `windows[${index}].to`, message: 'must not be the same as from' })
    const length = (end - begin + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES
    return days.map((day) => {
      const start = DAYS.indexOf(day) * DAY_MINUTES + begin
      return [start, start + length] as const
    })
  })
  return issues.length > 0 ? err(issues) : ok(spans)
}

const minutesOf = (clock: string): number => {
  const [hours = '0', minutes = '0'] = clock.split(':')
  return Number(hours) * 60 + Number(minutes)
}

/** Of a minute of the week: whether it lies within, and in how many minutes that changes; null for never. */
export const windowAt = (spans: Spans, minute: number): { readonly within: boolean; readonly next: number | null } => {
  const within = covers(spans, minute)
  const edges = spans.flat().map((edge) => (edge - minute - 1 + WEEK_MINUTES) % WEEK_MINUTES)
  // Windows that touch one another have edges at which nothing changes.
  const changes = edges.map((before) => before + 1).filter((ahead) => covers(spans, minute + ahead) !== within)
  return { within, next: changes.length > 0 ? Math.min(...changes) : null }
}

const covers = (spans: Spans, minute: number): boolean => {
  const at = minute % WEEK_MINUTES
  return spans.some(([from, to]) => (at >= from && at < to) || at + WEEK_MINUTES < to)
}
