/**
 * Refusals that a stranger can cause as often as they like. Of each kind and network the first ones of a minute are told
 * whole, the rest is one event with their count; and all strangers together have a bound too. So a storm of a hundred
 * thousand bad requests is a few rows, and nobody's refusal goes untold (M15). Holds a minute's counts in memory.
 */
import { MINUTE } from '../base/clock.ts'
import type { EventType } from './catalog.ts'
import type { EventDraft } from './event.ts'

export type RepeatedRefusals = {
  /** Whether this event is told whole. Where not, it is to be `count`ed once it is sure to have happened. */
  isTold(event: EventDraft, now: number): boolean
  count(event: EventDraft, now: number): void
  /** Events that tell of what was only counted so far. */
  take(): EventDraft[]
}

/** What needs no proof of anything to be caused again and again; a token that was used once is none. */
const BY_STRANGERS: ReadonlySet<EventType> = new Set<EventType>([
  'instance.setup_refused',
  'login.failed',
  'login.refused',
  'token.refused',
  'mail.link_refused',
  'oauth.client_refused',
  'oauth.request_refused',
  'oauth.code_reused',
  'oauth.refresh_reused',
  'application.denied',
  'expression.failed',
])

// More than a person who mistypes; less than a program that guesses.
const TOLD_EACH = 20
const TOLD_IN_ALL = 600
// Beyond it networks are counted as one: memory and rows are bounded whatever a botnet holds.
const MOST_SOURCES = 500
const EVERYBODY_ELSE = '*'

type Counted = { readonly last: EventDraft; readonly source: string; count: number }
type Minute = {
  readonly starts: number
  readonly told: Map<string, number>
  inAll: number
  counted: Map<string, Counted>
}

export const createRepeatedRefusals = (): RepeatedRefusals => {
  let minute = newMinute(0)
  let over: EventDraft[] = []

  /** The minute of `now`; what an earlier one counted becomes events. Also where a clock was set back. */
  const at = (now: number): Minute => {
    const starts = now - (now % MINUTE)
    if (minute.starts !== starts) {
      over.push(...tell(minute))
      minute = newMinute(starts)
    }
    return minute
  }

  return {
    isTold: (event, now) => {
      if (!isByStranger(event)) return true
      const current = at(now)
      const key = keyOf(current.told, event)
      const told = current.told.get(key) ?? 0
      if (told >= TOLD_EACH || current.inAll >= TOLD_IN_ALL) return false
      current.told.set(key, told + 1)
      current.inAll += 1
      return true
    },
    count: (event, now) => {
      const { counted } = at(now)
      const key = keyOf(counted, event)
      const before = counted.get(key)
      counted.set(key, { last: event, source: sourceOf(event), count: (before?.count ?? 0) + 1 })
    },
    take: () => {
      const taken = [...over, ...tell(minute)]
      over = []
      // What was told whole stays counted: another twenty within the minute would be no bound.
      minute.counted.clear()
      return taken
    },
  }
}

const newMinute = (starts: number): Minute => ({ starts, told: new Map(), inAll: 0, counted: new Map() })

/** Somebody who is signed in and was denied is told of always: the code on their page must be found (DESIGN §12). */
const isByStranger = ({ type, actor }: EventDraft): boolean =>
  BY_STRANGERS.has(type) && !(type === 'application.denied' && actor.kind === 'user')

const keyOf = (known: ReadonlyMap<string, unknown>, event: EventDraft): string => {
  const key = `${event.type} ${event.organisation ?? ''} ${sourceOf(event)}`
  return known.has(key) || known.size < MOST_SOURCES ? key : `${event.type} ${EVERYBODY_ELSE}`
}

/** The address, or the network of 64 bits that an IPv6 line has to itself; for what tells of none, what it was done to. */
const sourceOf = ({ client, target }: EventDraft): string => {
  if (!client) return target ?? ''
  const { ip } = client
  return ip.includes(':') && !ip.includes('.') ? networkOf(ip) : ip
}

const networkOf = (ip: string): string => {
  const [head = '', tail] = ip.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0')
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`
}

const tell = ({ starts, counted }: Minute): EventDraft[] =>
  [...counted].map(([key, { last, source, count }]) => ({
    type: last.type,
    actor: { kind: 'anonymous' },
    detail: {
      repeated: count,
      since: starts,
      from: key.endsWith(` ${EVERYBODY_ELSE}`) ? 'many networks' : source,
    },
    ...(last.client ? { client: last.client } : {}),
    ...(last.organisation === undefined ? {} : { organisation: last.organisation }),
  }))
