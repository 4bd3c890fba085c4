/**
 * What expressions may read about a person, their session, the request and the application, in every place where a
 * person is decided about. Instants are whole seconds since 1970, as OpenID Connect's `auth_time` is; `hour` and
 * `weekday` (1 is Monday) are those of the given time zone.
 */
import { SECOND } from '../../base/clock.ts'
import type { RequestFacts } from '../decisions/decision.ts'
import { type Person, primaryEmail } from '../people/person.ts'
import { amrOf, type Session } from '../sessions/session.ts'
import type { Variables } from './expression.ts'

/** The table for `CompileExpression`; `user`, `session` and `application` are there even where nobody is. */
export const PERSON_VARIABLES = {
  user: 'map',
  'user.id': 'string',
  'user.number': 'int',
  'user.username': 'string',
  'user.name': 'string',
  'user.kind': 'string',
  'user.email': 'string',
  'user.email_verified': 'bool',
  'user.emails': 'list',
  'user.groups': 'list<string>',
  'user.attributes': 'map',
  'user.organisation': 'string',
  'user.created_at': 'int',
  session: 'map',
  'session.mfa': 'bool',
  'session.methods': 'list<string>',
  'session.auth_time': 'int',
  'session.age_seconds': 'int',
  'session.persistent': 'bool',
  request: 'map',
  'request.ip': 'string',
  'request.user_agent': 'string',
  'request.origin': 'string',
  'request.at': 'int',
  'request.hour': 'int',
  'request.weekday': 'int',
  application: 'map',
  'application.slug': 'string',
  'application.name': 'string',
} as const satisfies Variables

/** What a session has proven; a grant that outlives its session keeps as much. */
export type Proven = Pick<Session, 'proofs' | 'authTime' | 'persistent'> & Partial<Pick<Session, 'deviceSince'>>

export type PersonVariables = {
  readonly person: Person | null
  readonly session: Proven | null
  readonly application: { readonly slug: string; readonly name: string } | null
  readonly request: Pick<RequestFacts, 'ip' | 'userAgent' | 'origin' | 'at'>
  /** An IANA name; UTC unless told otherwise. */
  readonly zone?: string
}

/** The values for `Expression.evaluate`. */
export const personVariables = (of: PersonVariables): Readonly<Record<string, unknown>> => ({
  user: of.person ? userVariables(of.person) : NOBODY,
  session: sessionVariables(of.session, of.request.at),
  request: {
    ip: of.request.ip,
    user_agent: of.request.userAgent,
    origin: of.request.origin,
    at: seconds(of.request.at),
    ...clockOf(of.request.at, of.zone ?? 'UTC'),
  },
  application: { slug: of.application?.slug ?? '', name: of.application?.name ?? '' },
})

const seconds = (at: number): number => Math.floor(at / SECOND)

/**
 * Nobody has every member, empty. A flow whose condition failed for a name that does not exist, and held or not for one
 * that does, would tell strangers who has an account (G01).
 */
const NOBODY = {
  id: '',
  number: 0,
  username: '',
  name: '',
  kind: '',
  email: '',
  email_verified: false,
  emails: [],
  groups: [],
  attributes: {},
  organisation: '',
  created_at: 0,
}

const userVariables = (person: Person): Readonly<Record<string, unknown>> => {
  const { user } = person
  const email = primaryEmail(person)
  return {
    id: user.id,
    number: user.number,
    username: user.username,
    name: user.name,
    kind: user.kind,
    email: email?.address ?? '',
    email_verified: (email?.verifiedAt ?? null) !== null,
    emails: person.emails.map(({ address, primary, verifiedAt }) => ({
      address,
      primary,
      verified: verifiedAt !== null,
    })),
    groups: person.groups.map((group) => group.slug),
    attributes: user.attributes,
    organisation: user.organisation,
    created_at: seconds(user.createdAt),
  }
}

const sessionVariables = (session: Proven | null, now: number): Readonly<Record<string, unknown>> => {
  const methods = session ? amrOf(session.proofs) : []
  return {
    mfa: methods.includes('mfa'),
    methods,
    auth_time: session ? seconds(session.authTime) : 0,
    // Of no session the age since 1970: older than any limit somebody may write.
    age_seconds: seconds(now - (session?.authTime ?? 0)),
    persistent: session?.persistent ?? false,
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

const clockOf = (at: number, zone: string): { hour: number; weekday: number } => {
  const date = new Date(at)
  // Sunday is 0 in JavaScript and 7 here, as in ISO 8601.
  if (zone === 'UTC') return { hour: date.getUTCHours(), weekday: date.getUTCDay() || 7 }
  const clock = clocks.get(zone) ?? newClock(zone)
  const parts = new Map(clock.formatToParts(date).map((part) => [part.type, part.value]))
  return { hour: Number(parts.get('hour')), weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1 }
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

const newClock = (zone: string): Intl.DateTimeFormat => {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    weekday: 'short',
    hourCycle: 'h23',
  })
  clocks.set(zone, clock)
  return clock
}
