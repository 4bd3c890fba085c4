/** How strongly and how recently somebody must have signed in, against what their session has proven (DESIGN §7). */
import { formatDuration } from '../base/duration.ts'
import { inNetwork, parseNetwork } from '../base/network.ts'
import type { Demands } from '../domain/assurance/assurance.ts'
import type { Reason } from '../domain/decisions/decision.ts'
import type { Proven } from '../domain/expressions/person-variables.ts'
import { amrOf, ownProofs, type Proof } from '../domain/sessions/session.ts'

export type Circumstances = { readonly session: Proven | null; readonly ip: string; readonly now: number }

/** One reason for each demand; a session that is not there has proven nothing. */
export const assuranceReasons = (demands: Demands, { session, ip, now }: Circumstances): Reason[] => {
  const methods = session ? amrOf(session.proofs) : []
  const reasons: Reason[] = []
  if (demands.network) reasons.push(networkReason(demands.network, ip))
  if (demands.device) reasons.push(deviceReason(session))
  if (demands.mfa) reasons.push(mfaReason(session?.proofs ?? [], demands.takesTrust))
  if (demands.methods) reasons.push(methodsReason(demands.methods, methods))
  if (demands.maxAge !== null) reasons.push(ageReason(demands.maxAge, session, now))
  return reasons
}

/** Whether it fails, and whatever somebody proves here and now would not change it: then nothing is asked for. */
export const isBeyondProof = ({ rule, holds }: Reason): boolean => !holds && (rule === 'network' || rule === 'device')

const networkReason = (wanted: readonly string[], ip: string): Reason => {
  const found = wanted.find((text) => {
    const network = parseNetwork(text)
    return network !== null && inNetwork(ip, network) === true
  })
  const holds = found !== undefined
  return {
    rule: 'network',
    holds,
    says: holds ? `The address lies in ${found}.` : 'The address lies in none of the networks that are asked for.',
    saw: { ip, wanted: wanted.slice(0, MOST_SHOWN) },
    ...(holds ? {} : { cure: 'Come from one of these networks, or name this one in `network`.' }),
  }
}

// A reason goes into an event and onto a page.
const MOST_SHOWN = 20

const deviceReason = (session: Proven | null): Reason => {
  const holds = session?.deviceSince !== undefined
  return {
    rule: 'device',
    holds,
    says: holds ? 'The browser is known.' : 'A known browser is asked for, and this one was new at the sign-in.',
    ...(holds ? {} : { cure: 'Sign in again from this browser: it is known then.' }),
  }
}

const mfaReason = (proofs: readonly Proof[], takesTrust: boolean): Reason => {
  const methods = amrOf(proofs)
  const proven = amrOf(ownProofs(proofs)).includes('mfa')
  const trusted = !proven && methods.includes('mfa')
  const holds = proven || (trusted && takesTrust)
  return {
    rule: 'mfa',
    holds,
    says: proven ? 'Two factors are proven.' : trusted ? TRUSTED_SAYS[`${takesTrust}`] : UNPROVEN,
    saw: { methods },
    ...(holds ? {} : { cure: 'Prove a second factor.' }),
  }
}

const UNPROVEN = 'Two factors are asked for, and not proven.'
const TRUSTED_SAYS = {
  true: 'One factor is proven, and a browser that was trusted stands for the second.',
  false: 'Two factors are asked for, and a browser that was trusted does not stand for one here.',
} as const

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
