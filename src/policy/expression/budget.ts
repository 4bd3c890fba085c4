/**
 * What one evaluation may cost. CEL has no loops but comprehensions, so nesting and doubling are all that grows: every
 * node that runs, every element, every sixteen letters and every state of a regex counts, and a spent budget ends the
 * evaluation. Whoever asked must deny (H10).
 */

/** Letters an expression may have. */
export const LONGEST_SOURCE = 4096
/** Nodes of its tree, depth of its grammar, and elements written out in one list or map. */
export const MOST_NODES = 1000
export const DEEPEST_GRAMMAR = 32
export const MOST_ELEMENTS = 200
export const MOST_ARGUMENTS = 4
/** Comprehensions inside comprehensions: two cover "any of their addresses in any of these domains". */
export const DEEPEST_COMPREHENSION = 2
/** Steps of one evaluation: tens of milliseconds where all of them are spent on what is slowest. */
export const STEPS = 100_000
/** Letters of a text and elements of a list that an expression makes. */
export const LONGEST_TEXT = 65_536
export const LONGEST_LIST = 10_000

/** One evaluation under way. */
export type Run = {
  readonly variables: Readonly<Record<string, unknown>>
  /** Values of the variables that comprehensions bind, by depth. */
  readonly locals: unknown[]
  left: number
}

/** A failure of the expression: `||`, `&&` and quantifiers may outweigh it, as CEL has it. */
export class EvaluationFailure extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** The budget is spent. Nothing outweighs this one, or `costly || true` would be a way around the limit. */
export class BudgetSpent extends Error {}

// Making an error with its stack costs about as much as this many steps.
const FAILURE = 100

export const spend = (run: Run, steps: number): void => {
  run.left -= steps
  if (run.left < 0) throw new BudgetSpent()
}

/** Charges for reading a text or list of this length. */
export const spendLength = (run: Run, length: number): void => spend(run, length >> 4)

export const failure = (run: Run, message: string, at: number): EvaluationFailure => {
  spend(run, FAILURE)
  return new EvaluationFailure(message, at)
}

/** A text that an expression made: paid for by length, and bounded. */
export const madeText = (run: Run, text: string, at: number): string => {
  if (text.length > LONGEST_TEXT) throw failure(run, `a text longer than ${LONGEST_TEXT} letters`, at)
  spendLength(run, text.length)
  return text
}

export const madeList = (run: Run, list: readonly unknown[], at: number): readonly unknown[] => {
  if (list.length > LONGEST_LIST) throw failure(run, `a list longer than ${LONGEST_LIST}`, at)
  spendLength(run, list.length)
  return list
}
