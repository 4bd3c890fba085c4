/** What the clock of a zone shows, from the zone rules that Node brings. */
import { MINUTE } from '../../../base/clock.ts'

export type LocalClock = {
  /** Minutes that the zone is ahead of UTC at an instant. */
  offset(at: number): number
}

/** Null for a zone that nobody knows. */
export const localClock = (zone: string): LocalClock | null => {
  const format = formatOf(zone)
  if (!format) return null
  return {
    offset: (at) => {
      const part = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
      const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0
      const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'))
      return Math.round((shown - Math.floor(at / MINUTE) * MINUTE) / MINUTE)
    },
  }
}

const formatOf = (timeZone: string): Intl.DateTimeFormat | null => {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
