/**
 * The policies of an application about one person. With `all`, each must hold; with `any`, one of them must. Those that
 * are switched off are as if they were not listed, so of none at all, `all` lets in and `any` does not. One that cannot
 * be judged does not hold, also where it is negated (H06).
 */
import type { Reason } from '../domain/decisions/decision.ts'
import type { PolicyBindings, PolicyFacts, PolicyVerdict } from '../domain/policies/policy.ts'
import { judgePolicy } from './judge-policy.ts'

export type JudgedPolicies = {
  /** With `all` one for each, with `any` one that names each. */
  readonly reasons: readonly Reason[]
  /** The first instant at which one of them may be judged otherwise. */
  readonly validUntil: number
}

export const policyReasons = ({ mode, bindings }: PolicyBindings, facts: PolicyFacts): JudgedPolicies => {
  const judged = bindings.map((binding) => judgeOne(binding, facts))
  return {
    reasons: mode === 'all' ? judged.map(({ reason }) => reason) : [anyOf(judged.map(({ reason }) => reason))],
    validUntil: Math.min(...judged.map(({ verdict }) => verdict.validUntil ?? Number.POSITIVE_INFINITY)),
  }
}

type Judged = { readonly reason: Reason; readonly verdict: PolicyVerdict }

const judgeOne = ({ policy, negate }: PolicyBindings['bindings'][number], facts: PolicyFacts): Judged => {
  const verdict = judgePolicy(policy, facts)
  const holds = !verdict.failed && verdict.holds !== negate
  const turned = negate ? ', and must not hold' : ''
  const how = verdict.failed ? 'cannot be judged, and so does not hold' : verdict.holds ? 'holds' : 'does not hold'
  const cure = holds ? undefined : negate && !verdict.failed ? `Have "${policy.slug}" not hold.` : verdict.cure
  return {
    verdict,
    reason: {
      rule: 'policy',
      holds,
      says: `The policy "${policy.slug}" ${how}${turned}: ${verdict.says}.`,
      saw: { policy: policy.slug, kind: policy.kind, ...verdict.saw },
      ...(cure === undefined ? {} : { cure }),
      ...(holds ? {} : { text: policy.text }),
    },
  }
}

const anyOf = (reasons: readonly Reason[]): Reason => {
  const holds = reasons.some((reason) => reason.holds)
  const said = reasons.length > 0 ? ` ${reasons.map(({ says }) => says).join(' ')}` : ' All of them are switched off.'
  const cures = reasons.flatMap(({ cure }) => cure ?? [])
  return {
    rule: 'policies',
    holds,
    says: `${holds ? 'One' : 'None'} of the policies lets them in.${said}`,
    saw: { policies: reasons.map(({ holds: lets, saw = {} }) => ({ lets_in: lets, ...saw })) },
    ...(holds || cures.length === 0 ? {} : { cure: cures.join(' Or: ') }),
    ...(holds ? {} : { text: 'denied.condition' }),
  }
}
