/**
 * Compiles a CEL expression: parsed, checked against the variables declared for its place, bounded in size, and run
 * within a budget. Errors are short words with the place they stand at, for whoever writes the expression; whoever runs
 * one that fails must deny (DESIGN §6).
 */
import { TypeError as CelTypeError, ParseError, type ParseResult } from '@marcbachmann/cel-js'
import type { Json } from '../../base/json.ts'
import { err, ok, type Result } from '../../base/result.ts'
import { nearest } from '../../base/schema.ts'
import type { CompileExpression, Expression, Variables } from '../../domain/expressions/expression.ts'
import { BudgetSpent, EvaluationFailure, LONGEST_SOURCE, type Run, STEPS } from './budget.ts'
import { environmentOf } from './environment.ts'
import { compileNode } from './program.ts'
import { readsOf } from './reads.ts'
import { NotCompiled, type Program } from './scope.ts'
import { toJson } from './value.ts'

export const compileExpression: CompileExpression = (source, variables) => {
  if (source.trim() === '') return err('the expression is empty')
  if (source.length > LONGEST_SOURCE) return err(`the expression is longer than ${LONGEST_SOURCE} letters`)
  try {
    const parsed = environmentOf(variables).parse(source)
    const checked = parsed.check()
    // The tree of ours first: its words are plainer, and it knows what is not offered.
    const program = compileNode(parsed.ast, { variables: rootsOf(variables), bound: [] })
    if (!checked.valid) return err(wordsOf(checked.error, source, variables))
    const slip = undeclaredMember(readsOf(parsed.ast), variables)
    if (slip) return err(slip)
    return ok(expressionOf(source, parsed, checked.type ?? 'dyn', program))
  } catch (error) {
    return err(wordsOf(error, source, variables))
  }
}

const rootsOf = (variables: Variables): ReadonlySet<string> =>
  new Set(Object.keys(variables).map((name) => name.split('.', 1)[0] ?? name))

const expressionOf = (source: string, parsed: ParseResult, type: string, program: Program): Expression => ({
  source,
  type,
  reads: readsOf(parsed.ast),
  evaluate: (variables) => evaluate(program, variables, source),
})

const evaluate = (
  program: Program,
  variables: Readonly<Record<string, unknown>>,
  source: string,
): Result<Json, string> => {
  const run: Run = { variables, locals: [], left: STEPS }
  try {
    return toJson(run, program(run))
  } catch (error) {
    if (error instanceof BudgetSpent) return err('costs too much to evaluate')
    if (error instanceof EvaluationFailure) return err(placed(error.message, source, error.at))
    throw error
  }
}

const wordsOf = (error: unknown, source: string, variables: Variables): string => {
  if (error instanceof NotCompiled) return placed(error.message, source, error.at)
  if (error instanceof ParseError || error instanceof CelTypeError) {
    const at = error.range?.start ?? 0
    return placed(plain(error.code, error.summary, variables), source, at)
  }
  // Too deep for the parser, or a fault of its own: either way the expression does not stand.
  return 'the expression cannot be read'
}

/** `has(user.emial)` passes the type check, and would be false for ever. */
const undeclaredMember = (reads: readonly string[], variables: Variables): string | null => {
  for (const path of reads) {
    const [root = '', field] = path.split('.')
    const fields = fieldsOf(root, variables)
    if (field === undefined || fields.length === 0 || fields.includes(field)) continue
    return `no such member "${field}"${nearest(field, fields)}`
  }
  return null
}

const fieldsOf = (root: string, variables: Variables): string[] =>
  Object.keys(variables)
    .filter((name) => name.startsWith(`${root}.`))
    .map((name) => name.split('.')[1] ?? '')

/** The library's summary, with our own words for the slips people make most. */
const plain = (code: string, summary: string, variables: Variables): string => {
  if (code === 'limit_exceeded') return 'the expression is too large or nested too deeply from here on'
  if (code === 'no_such_key') {
    const key = summary.replace(/^No such key: /, '')
    const fields = Object.keys(variables).filter((name) => name.includes('.'))
    return `no such member "${key}"${nearest(
      key,
      fields.map((name) => name.slice(name.lastIndexOf('.') + 1)),
    )}`
  }
  return tokens
    .reduce((words, [token, sign]) => words.replaceAll(token, sign), summary)
    .replace(/^[A-Z]/, (first) => first.toLowerCase())
}

// The library names tokens as its lexer does; people know them by their signs.
const tokens: readonly (readonly [string, string])[] = [
  ['RPAREN', '")"'],
  ['LPAREN', '"("'],
  ['RBRACKET', '"]"'],
  ['LBRACKET', '"["'],
  ['RBRACE', '"}"'],
  ['LBRACE', '"{"'],
  ['IDENTIFIER', 'a name'],
  ['COLON', '":"'],
  ['COMMA', '","'],
  ['EOF', 'the end'],
]

/** `column 6: …`, or with the line where there are several. */
const placed = (message: string, source: string, at: number): string => {
  const before = source.slice(0, at).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  return source.includes('\n') ? `line ${before.length}, column ${column}: ${message}` : `column ${column}: ${message}`
}
