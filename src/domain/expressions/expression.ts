/** A checked CEL expression, as the rooms that run one see it. Compiled in `policy/expression`. */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'

export type Expression = {
  readonly source: string
  /** The variables it reads, in dots (`request.ip`): decisions are cached by their values. */
  readonly reads: readonly string[]
  /** What it yields as far as can be told before it runs: `bool`, `string`, `dyn` …; a condition must be `bool` or `dyn`. */
  readonly type?: string
  /** Bounded in cost. An error is words for an administrator; whoever asked must deny. */
  evaluate(variables: Readonly<Record<string, unknown>>): Result<Json, string>
}

/**
 * What an expression may read in one place of use: name to type (`map`, `string`, `list`, `list<string>`, `int`, `bool`,
 * `dyn`). A dotted name (`user.email`) declares a field of a map; a map with declared fields has no others, so that a
 * slip of the hand is told where the expression is written.
 */
export type Variables = Readonly<Record<string, string>>

export type CompileExpression = (source: string, variables: Variables) => Result<Expression, string>
