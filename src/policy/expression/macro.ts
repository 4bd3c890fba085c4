/**
 * The macros of CEL: `has(a.b)`, and `all`, `exists`, `exists_one`, `filter`, `map` over a list, or over the keys of a
 * map. Nested beyond two, they are refused: each level multiplies the cost.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { BudgetSpent, DEEPEST_COMPREHENSION, failure, madeList, type Run, spend } from './budget.ts'
import { type CallNode, type CompileNode, NotCompiled, type Program, type Scope } from './scope.ts'
import { isMap, member, read, typeName } from './value.ts'

/** Compiles a call that `isMacro`. */
export const compileMacro = (node: CallNode, scope: Scope, compile: CompileNode): Program => {
  if (node.op === 'call') return has(node.args[1], node.start, scope, compile)
  const [name, rangeNode, args] = node.args
  if (scope.bound.length >= DEEPEST_COMPREHENSION) {
    throw new NotCompiled(`${name}() is nested deeper than ${DEEPEST_COMPREHENSION}`, node.start)
  }
  const bound = args[0]?.op === 'id' ? args[0].args : null
  if (bound === null) throw new NotCompiled(`${name}() needs the name of a variable first`, node.start)
  const range = compile(rangeNode, scope)
  const inner: Scope = { variables: scope.variables, bound: [...scope.bound, bound] }
  const bodies = args.slice(1).map((arg) => compile(arg, inner))
  const depth = scope.bound.length
  const loop: Loop = { at: node.start, depth, range }
  const [first, second] = bodies
  if (!first) throw new NotCompiled(`${name}() needs a condition`, node.start)
  switch (name) {
    case 'all':
      return quantifier(loop, first, false)
    case 'exists':
      return quantifier(loop, first, true)
    case 'exists_one':
      return existsOne(loop, first)
    case 'filter':
      return collect(loop, first, null)
    default:
      return second ? collect(loop, first, second) : collect(loop, null, first)
  }
}

/**
 * Whether the member is there. CEL has an absent step before the last one fail; here it answers no, since what a flow
 * knows is nested (`has(facts.prompt.answers.colour)`) and a question about it should not deny.
 */
const has = (args: readonly ASTNode[], at: number, scope: Scope, compile: CompileNode): Program => {
  const keys: string[] = []
  let node = args[0]
  for (; node?.op === '.'; node = node.args[0]) keys.unshift(node.args[1])
  if (!node || keys.length === 0) throw new NotCompiled('has() needs a member, as in has(user.name)', at)
  const subject = compile(node, scope)
  return (run) => {
    let held = subject(run)
    for (const key of keys) {
      if (!isMap(held)) throw failure(run, `${typeName(held)} has no members`, at)
      held = member(held, key)
      if (held === undefined) return false
    }
    return true
  }
}

type Loop = { readonly at: number; readonly depth: number; readonly range: Program }

const elements = (run: Run, { range, at }: Loop): readonly unknown[] => {
  const held = range(run)
  if (Array.isArray(held)) return held
  if (isMap(held)) return Object.keys(held)
  throw failure(run, `${typeName(held)} is no list`, at)
}

const bind = (run: Run, { depth }: Loop, element: unknown): void => {
  spend(run, 1)
  run.locals[depth] = read(element)
}

const condition = (run: Run, body: Program, at: number): boolean => {
  const value = body(run)
  if (typeof value !== 'boolean') throw failure(run, `a condition must be bool, not ${typeName(value)}`, at)
  return value
}

/** `exists` (decided by true) and `all` (decided by false): an element that decides outweighs the failure of another. */
const quantifier =
  (loop: Loop, body: Program, decisive: boolean): Program =>
  (run) => {
    let failed: unknown
    for (const element of elements(run, loop)) {
      try {
        bind(run, loop, element)
        if (condition(run, body, loop.at) === decisive) return decisive
      } catch (error) {
        if (error instanceof BudgetSpent) throw error
        failed ??= error
      }
    }
    if (failed !== undefined) throw failed
    return !decisive
  }

const existsOne =
  (loop: Loop, body: Program): Program =>
  (run) => {
    let count = 0
    for (const element of elements(run, loop)) {
      bind(run, loop, element)
      if (condition(run, body, loop.at)) count += 1
    }
    return count === 1
  }

const collect =
  (loop: Loop, filter: Program | null, transform: Program | null): Program =>
  (run) => {
    const made: unknown[] = []
    for (const element of elements(run, loop)) {
      bind(run, loop, element)
      if (filter && !condition(run, filter, loop.at)) continue
      made.push(transform ? transform(run) : run.locals[loop.depth])
    }
    return madeList(run, made, loop.at)
  }
