/** How strongly and how recently somebody must have signed in, against what their session has proven (DESIGN §7). */
import { formatDuration } from '../base/duration.ts'
import type { Reason } from '../domain/decisions/decision.ts'
import type { Proven } from '../domain/expressions/person-variables.ts'
import { amrOf } from '../domain/sessions/session.ts'
import type { CompiledAssurance } from './compile-access.ts'

/** One reason for each demand; a session that is not there has proven nothing. */
export const assuranceReasons = (demands: CompiledAssurance, session: Proven | null, now: number): Reason[] => {
  const methods = session ? amrOf(session.proofs) : []
  const reasons: Reason[] = []
  if (demands.mfa) reasons.push(mfaReason(methods))
  if (demands.methods.length > 0) reasons.push(methodsReason(demands.methods, methods))
  if (demands.maxAge !== null) reasons.push(ageReason(demands.maxAge, session, now))
  return reasons
}

const mfaReason = (methods: readonly string[]): Reason => {
  const holds = methods.includes('mfa')
  return {
    rule: 'mfa',
    holds,
    says: holds ? 'Two factors are proven.' : 'Two factors are asked for, and not proven.',
    saw: { methods },
    ...(holds ? {} : { cure: 'Prove a second factor.' }),
  }
}

const methodsReason = (wanted: readonly string[], methods: readonly string[]): Reason => {
  const found = wanted.find((method) => methods.includes(method))
  const list = wanted.join(' or ')
  return {
    rule: 'methods',
    holds: found !== undefined,
    says: found ? `Proven with ${found}.` : `A proof with ${list} is asked for.`,
    saw: { methods, wanted },
    ...(found ? {} : { cure: `Prove who you are with ${list}.` }),
  }
}

const ageReason = (maxAge: number, session: Proven | null, now: number): Reason => {
  const age = session ? Math.max(0, now - session.authTime) : null
  const holds = age !== null && age <= maxAge
  return {
    rule: 'max_age',
    holds,
    says: `The sign-in may be ${formatDuration(maxAge)} old, and ${age === null ? 'there is none' : `is ${ageWords(age)}`}.`,
    saw: { age_seconds: age === null ? null : Math.floor(age / 1000), max_age_seconds: Math.floor(maxAge / 1000) },
    ...(holds ? {} : { cure: 'Sign in again.' }),
  }
}

const ageWords = (age: number): string => formatDuration(Math.floor(age / 1000) * 1000)
