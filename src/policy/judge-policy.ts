/** One policy about somebody. A kind that throws is a fault of ours, and still must let nobody in. */
import type { CompiledPolicy, PolicyFacts, PolicyVerdict } from '../domain/policies/policy.ts'

export const judgePolicy = (policy: CompiledPolicy, facts: PolicyFacts): PolicyVerdict => {
  try {
    const verdict = policy.judge(facts)
    return verdict.failed ? { ...verdict, holds: false } : verdict
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error)
    return { holds: false, failed: true, says, validUntil: facts.request.at }
  }
}
