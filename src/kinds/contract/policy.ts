/**
 * A policy kind: a rule that holds or does not, about a person here and now, for the access of applications and the
 * edges of flows. Pure: it judges the facts it is given, and says with its verdict what it saw and until when that stands.
 */
import type { JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Issue, TSchema } from '../../base/schema.ts'
import type { CompileExpression } from '../../domain/expressions/expression.ts'
import type { PolicyFacts, PolicyVerdict } from '../../domain/policies/policy.ts'

export type JudgedPolicy = {
  /** The variables it reads, in dots (`request.ip`). Time is no variable: `validUntil` tells of it. */
  readonly reads: readonly string[]
  /** An address that it holds for, where it is about addresses. */
  readonly address?: string
  judge(facts: PolicyFacts): PolicyVerdict
}

export type PolicyKind<Config = unknown> = {
  /** As `kind` in its settings, and the name of its folder. */
  readonly id: string
  readonly config: TSchema
  readonly version: number
  upgrade?(config: JsonObject, from: number): JsonObject
  /** It asks for failed tries, which are read from the store. */
  readonly readsFailures?: boolean
  /** What it goes by comes from outside: the lock-out guard takes both verdicts as possible. */
  readonly unforeseeable?: boolean
  /** The key of what a person reads whom it keeps out. */
  readonly text: string
  /** Issues name the path inside of the settings. */
  compile(config: Config, context: { readonly expression: CompileExpression }): Result<JudgedPolicy, Issue[]>
}
