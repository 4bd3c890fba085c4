/**
 * May this person open this application, here and now, signed in as they are? One pure function for every protocol
 * (DESIGN §7). Every rule is looked at, also after one said no, so that an administrator sees all that stands in the
 * way; whatever cannot be judged denies.
 */
import { HOUR, MINUTE, SECOND } from '../base/clock.ts'
import { NO_DEMANDS } from '../domain/assurance/assurance.ts'
import type { Channel, Decision, Outcome, Reason, RequestFacts } from '../domain/decisions/decision.ts'
import { type Proven, personVariables } from '../domain/expressions/person-variables.ts'
import type { Failures } from '../domain/guess-limits/failures.ts'
import type { Person } from '../domain/people/person.ts'
import type { Session } from '../domain/sessions/session.ts'
import { type About, allowReasons, denyReasons } from './access-reasons.ts'
import { assuranceReasons, isBeyondProof } from './assurance-reasons.ts'
import type { CompiledAccess } from './compile-access.ts'
import { policyReasons } from './policy-reasons.ts'

/** A session, or what a grant kept of one that has ended. */
export type DecidedSession = Proven & Partial<Pick<Session, 'idleEndsAt' | 'endsAt'>>

export type DecideInput = {
  readonly person: Person | null
  readonly session: DecidedSession | null
  readonly channel: Channel
  readonly application: { readonly slug: string; readonly name: string; readonly access: CompiledAccess | null }
  readonly request: Omit<RequestFacts, 'id'>
  readonly now: number
  /** Tries that failed lately, for policies that ask; null where nobody stands at the door. */
  readonly failures?: Failures | null
  /** IANA name of the zone that `hour` and `weekday` are told in; UTC unless given. */
  readonly zone?: string
  /** No decision is valid for longer than this, in milliseconds; an hour unless given. */
  readonly longest?: number
}

const OPEN: CompiledAccess = {
  allow: null,
  deny: null,
  policies: null,
  assurance: NO_DEMANDS,
}

/** Decides. The code that a person may tell an administrator is added by whoever shows the answer (`denialCode`). */
export const decide = (input: DecideInput): Decision => {
  const { person, session, now } = input
  // At the API a token stands for the person, with no session behind it; every other door is for people who signed in.
  if (!person || (!session && input.channel !== 'api')) return nobody(now)
  const access = input.application.access ?? OPEN
  const about: About = { person, variables: lazily(() => variablesOf(input)) }
  const policies = access.policies && policyReasons(access.policies, factsOf(input))
  const rules = [
    activeReason(person),
    ...denyReasons(access.deny, about),
    ...allowReasons(access.allow, about),
    ...(policies?.reasons ?? []),
  ]
  const demands = assuranceReasons(access.assurance, { session, ip: input.request.ip, now })
  const reads = readsOf(access)
  return {
    outcome: outcomeOf(rules, demands, input.channel),
    reasons: [...rules, ...demands],
    validUntil: Math.min(validUntil(input, person, access, reads), policies?.validUntil ?? Number.POSITIVE_INFINITY),
    reads: reads.filter((path) => path === 'request' || path.startsWith('request.')),
  }
}

const nobody = (now: number): Decision => ({
  outcome: 'sign_in',
  reasons: [{ rule: 'session', holds: false, says: 'Nobody is signed in.', cure: 'Sign in.' }],
  validUntil: now,
  reads: [],
})

const outcomeOf = (rules: readonly Reason[], demands: readonly Reason[], channel: Channel): Outcome => {
  if (!rules.every((reason) => reason.holds)) return 'deny'
  if (demands.some(isBeyondProof)) return 'deny'
  if (demands.every((reason) => reason.holds)) return 'allow'
  // Nobody is there to answer at the API.
  return channel === 'api' ? 'deny' : 'step_up'
}

const activeReason = ({ user }: Person): Reason => ({
  rule: 'active',
  holds: user.active,
  says: `${user.username} is ${user.active ? 'active' : 'switched off'}.`,
  ...(user.active ? {} : { cure: `Switch ${user.username} on again.` }),
})

/** Built only where a condition asks: most decisions are about groups alone. */
const lazily = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

const variablesOf = ({ person, session, application, request, now, zone }: DecideInput) =>
  personVariables({ person, session, application, request: { ...request, at: now }, ...(zone ? { zone } : {}) })

const factsOf = ({ person, session, application, request, now, failures, zone }: DecideInput) => ({
  person,
  session,
  application: { slug: application.slug, name: application.name },
  request: { ...request, at: now },
  deviceSince: session?.deviceSince ?? null,
  failures: failures ?? null,
  ...(zone ? { zone } : {}),
})

const readsOf = ({ deny, allow, policies, assurance }: CompiledAccess): string[] => [
  ...new Set([
    ...(assurance.network ? ['request.ip'] : []),
    ...(deny?.when?.reads ?? []),
    ...(allow?.when?.reads ?? []),
    ...(policies?.bindings.flatMap(({ policy }) => policy.reads) ?? []),
  ]),
]

/** The first instant at which one of the things looked at may be another. */
const validUntil = (input: DecideInput, person: Person, access: CompiledAccess, reads: readonly string[]): number => {
  const { session, now } = input
  const maxAge = access.assurance.maxAge
  return Math.min(
    now + (input.longest ?? HOUR),
    person.groupsUntil ?? Number.POSITIVE_INFINITY,
    session?.idleEndsAt ?? Number.POSITIVE_INFINITY,
    session?.endsAt ?? Number.POSITIVE_INFINITY,
    // At that instant the sign-in is just young enough still.
    session && maxAge !== null && session.authTime + maxAge >= now
      ? session.authTime + maxAge + 1
      : Number.POSITIVE_INFINITY,
    nextTick(reads, now),
  )
}

// A whole `request` or `session` is read for any of its members, the instant among them.
const EACH_SECOND = ['request', 'request.at', 'session', 'session.age_seconds']
const CLOCK = ['request.hour', 'request.weekday']
// The zones of the world differ from UTC by whole quarters of an hour.
const QUARTER = 15 * MINUTE

const nextTick = (reads: readonly string[], now: number): number => {
  if (reads.some((path) => EACH_SECOND.includes(path))) return nextMultiple(now, SECOND)
  return reads.some((path) => CLOCK.includes(path)) ? nextMultiple(now, QUARTER) : Number.POSITIVE_INFINITY
}

const nextMultiple = (now: number, step: number): number => (Math.floor(now / step) + 1) * step
