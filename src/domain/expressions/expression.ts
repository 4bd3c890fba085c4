/** A checked CEL expression, as the rooms that run one see it. Compiled in `policy/expression`. */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'

export type Expression = {
  readonly source: string
  /** The variables it reads, in dots (`request.ip`): decisions are cached by their values. */
  readonly reads: readonly string[]
  /** Bounded in cost. An error is words for an administrator; whoever asked must deny. */
  evaluate(variables: Readonly<Record<string, unknown>>): Result<Json, string>
}

/** What an expression may read in one place of use: name to type (`map`, `string`, `list`, `int`, `bool`, `dyn`). */
export type Variables = Readonly<Record<string, string>>

export type CompileExpression = (source: string, variables: Variables) => Result<Expression, string>
