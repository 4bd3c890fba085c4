/**
 * Policy tests over a configuration and its people (DESIGN §12): the decision that `decide` makes about each, against what
 * the test expects. Nothing that failed lately is counted, since a test must come out the same tomorrow.
 */
import { isIP } from 'node:net'
import type { Decision, Reason } from '../domain/decisions/decision.ts'
import { NO_FAILURES } from '../domain/guess-limits/failures.ts'
import type { Person } from '../domain/people/person.ts'
import type { CompiledPolicy } from '../domain/policies/policy.ts'
import type { PolicyTest, PolicyTestResult } from '../domain/policies/policy-test.ts'
import type { CompiledAccess } from '../policy/compile-access.ts'
import { decide } from '../policy/decide.ts'
import { explainDecision } from '../policy/explain.ts'

export type TestedHouse = {
  application(
    slug: string,
  ): { readonly slug: string; readonly name: string; readonly access: CompiledAccess | null } | undefined
  policy(slug: string): CompiledPolicy | undefined
  /** As of an instant: memberships end. */
  person(username: string, at: number): Promise<Person | null>
  readonly now: number
}

export const runPolicyTests = async (
  tests: readonly PolicyTest[],
  house: TestedHouse,
): Promise<readonly PolicyTestResult[]> => {
  const results: PolicyTestResult[] = []
  for (const test of tests) results.push(await runOne(test, house))
  return results
}

const runOne = async (test: PolicyTest, house: TestedHouse): Promise<PolicyTestResult> => {
  const broken = (says: string): PolicyTestResult => ({ test, passed: false, says: [says] })
  const now = test.at ?? house.now
  const person = await house.person(test.person, now)
  if (!person) return broken(`Nobody is called "${test.person}".`)
  const application = house.application(test.application)
  if (!application) return broken(`There is no application "${test.application}".`)
  const ip = addressOf(test.from, house)
  if (ip === null) return broken(`"${test.from}" is neither an address nor a policy that is about addresses.`)
  const decision = decide({
    person,
    session: {
      proofs: (test.methods ?? ['pwd']).map((method) => ({ method, at: now })),
      authTime: now,
      persistent: false,
      ...(test.device === 'known' ? { deviceSince: 0 } : {}),
    },
    channel: 'oidc',
    application,
    request: { ip, userAgent: 'gatehouse test', origin: 'http://localhost', at: now },
    failures: NO_FAILURES,
    now,
  })
  const says = explainDecision(decision, { person: person.user.username, application: application.name })
  if (!isAsExpected(test, decision)) return { test, passed: false, says }
  if (test.because === null || decision.reasons.some((reason) => isInTheWay(reason, test.because))) {
    return { test, passed: true, says }
  }
  return { test, passed: false, says: [`It comes out so, but not because of "${test.because}".`, ...says] }
}

const addressOf = (from: string | null, house: TestedHouse): string | null => {
  if (from === null) return '127.0.0.1'
  return isIP(from) === 0 ? (house.policy(from)?.address ?? null) : from
}

/** Where the test says what is proven, nothing more is asked for. */
const isAsExpected = ({ expect, methods }: PolicyTest, { outcome, reasons }: Decision): boolean => {
  if (expect === 'cannot') return outcome === 'deny'
  if (expect === 'can') return outcome === 'allow' || (methods === null && outcome === 'step_up')
  return outcome === 'step_up' && reasons.some(({ rule, holds }) => rule === 'mfa' && !holds)
}

const isInTheWay = ({ rule, holds, saw = {} }: Reason, name: string | null): boolean => {
  if (holds) return false
  const policies = Array.isArray(saw.policies) ? saw.policies : [saw]
  return (
    rule === name ||
    policies.some((one) => typeof one === 'object' && one !== null && 'policy' in one && one.policy === name)
  )
}
