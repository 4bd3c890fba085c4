/**
 * Whether an edge is taken: its condition and its policy must both hold. One that cannot be judged is an error, and never
 * a no: going on to the next edge instead could pass by the very stage that it asks for.
 */
import type { Json } from '../base/json.ts'
import { shownValue } from '../domain/expressions/shown-value.ts'
import { judgePolicy } from '../policy/judge-policy.ts'
import type { CompiledEdge } from './compiled-flow.ts'
import type { FlowSituation } from './flow-variables.ts'

export type JudgedEdge = {
  readonly holds: boolean
  /** What was looked at, and the values found. */
  readonly saw: Readonly<Record<string, Json>>
  /** Why it could not be judged. */
  readonly error: string | null
  /** Whether the policy was asked: it is only where the condition holds. */
  readonly askedPolicy: boolean
}

type Judged = Omit<JudgedEdge, 'askedPolicy'>
type Variables = Readonly<Record<string, unknown>>

/** The last edge of an outcome has neither. */
export const isConditional = ({ when, policy }: CompiledEdge): boolean => when !== null || policy !== null

/** In words, for whoever drew it: `user.kind == 'external' and policy office`. */
export const spellCondition = ({ when, policy }: CompiledEdge): string =>
  [...(when ? [when.source] : []), ...(policy ? [`policy ${policy.slug}`] : [])].join(' and ')

export const judgeEdge = (edge: CompiledEdge, situation: FlowSituation, variables: () => Variables): JudgedEdge => {
  const condition = edge.when ? judgeCondition(edge.when, variables()) : null
  if (condition && (condition.error !== null || !condition.holds)) return { ...condition, askedPolicy: false }
  const policy = edge.policy ? judgeEdgePolicy(edge.policy, situation) : null
  if (!policy) return { holds: true, saw: {}, error: null, ...condition, askedPolicy: false }
  return { ...policy, saw: { ...condition?.saw, ...policy.saw }, askedPolicy: true }
}

const judgeCondition = (when: NonNullable<CompiledEdge['when']>, variables: Variables): Judged => {
  const saw = Object.fromEntries(when.reads.map((path) => [path, shownValue(variables, path)]))
  const held = when.evaluate(variables)
  if (!held.ok) return { holds: false, saw, error: held.error }
  if (typeof held.value !== 'boolean') return { holds: false, saw, error: 'neither true nor false' }
  return { holds: held.value, saw, error: null }
}

const judgeEdgePolicy = (policy: NonNullable<CompiledEdge['policy']>, situation: FlowSituation): Judged => {
  const { person, session, destination, request, zone, deviceSince = null, failures = null } = situation
  const verdict = judgePolicy(policy, {
    person,
    session,
    application: destination ? { slug: destination.application, name: destination.applicationName } : null,
    request,
    deviceSince,
    failures,
    ...(zone ? { zone } : {}),
  })
  const saw = { [`policy ${policy.slug}`]: { ...verdict.saw } }
  return { holds: verdict.holds, saw, error: verdict.failed ? `policy ${policy.slug}: ${verdict.says}` : null }
}
