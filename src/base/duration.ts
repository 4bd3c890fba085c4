/**
 * Durations as people write them: `90s`, `15m`, `12h`, `30d`, `4w`, joined as in `1h30m`; and authentik's form,
 * `hours=1;minutes=2`, so that its settings move in unchanged. Milliseconds come out.
 */
import { DAY, HOUR, MINUTE, SECOND } from './clock.ts'

const units: Record<string, number> = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
  microseconds: 0.001,
  milliseconds: 1,
  seconds: SECOND,
  minutes: MINUTE,
  hours: HOUR,
  days: DAY,
  weeks: 7 * DAY,
}

// A century: beyond it, sums with epoch milliseconds stop meaning a date anyone intends.
const LONGEST = 36_525 * DAY

/** Milliseconds, or `null` when the text is no duration. */
export const parseDuration = (text: string): number | null => {
  const parts = text.includes('=') ? authentikParts(text) : shortParts(text)
  if (!parts) return null
  let total = 0
  for (const [amount, unit] of parts) {
    const size = units[unit]
    if (size === undefined) return null
    total += amount * size
  }
  return Number.isFinite(total) && total <= LONGEST ? Math.round(total) : null
}

const authentikParts = (text: string): [number, string][] | null => {
  const parts: [number, string][] = []
  for (const part of text.split(';')) {
    const found = /^\s*([a-z]+)\s*=\s*(\d{1,12}(?:\.\d{1,6})?)\s*$/.exec(part)
    if (!found?.[1] || !found[2] || found[1].length < 4) return null
    parts.push([Number(found[2]), found[1]])
  }
  return parts
}

const shortParts = (text: string): [number, string][] | null => {
  if (!/^(\d{1,12}(ms|[smhdw]))+$/.test(text)) return null
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].map((found) => [Number(found[1]), found[2] ?? ''])
}

/** The shortest spelling that reads back to the same milliseconds: `5400000` is `1h30m`. */
export const formatDuration = (milliseconds: number): string => {
  if (milliseconds === 0) return '0s'
  let rest = milliseconds
  let text = ''
  for (const [unit, size] of [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text
}
