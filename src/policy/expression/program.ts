/**
 * Makes a checked CEL tree into nested functions, run with a budget. The library parses and checks types; it is not let
 * run anything, since its evaluator has no bound on cost, hands patterns to a backtracking engine (M04) and knows more
 * functions than policies need. Here every node pays, and what is not on a list does not run (H08, H10).
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { nearest } from '../../base/schema.ts'
import { BudgetSpent, failure, madeList, type Run, spend } from './budget.ts'
import { compileCall } from './call.ts'
import { compileMacro } from './macro.ts'
import { binaryOperators } from './operators.ts'
import { type CompileNode, isMacro, NotCompiled, type Program, type Scope } from './scope.ts'
import { INT_MAX, INT_MIN, isMap, member, read, typeName } from './value.ts'

/** Compiles one node; every node costs a step when it runs. */
export const compileNode: CompileNode = (node, scope) => {
  const program = compileByKind(node, scope)
  return (run) => {
    spend(run, 1)
    return program(run)
  }
}

const compileByKind = (node: ASTNode, scope: Scope): Program => {
  switch (node.op) {
    case 'value':
      return literal(node.args, node.start)
    case 'id':
      return variable(node.args, node.start, scope)
    case '.':
      return access(compileNode(node.args[0], scope), constant(node.args[1]), node.start)
    case '[]':
      return access(compileNode(node.args[0], scope), compileNode(node.args[1], scope), node.start)
    case 'call':
    case 'rcall':
      return isMacro(node) ? compileMacro(node, scope, compileNode) : compileCall(node, scope, compileNode)
    case 'list':
      return list(node.args, node.start, scope)
    case 'map':
      return map(node.args, node.start, scope)
    case '?:':
      return choice(node.args, node.start, scope)
    case '||':
      return logical(node.args, node.start, scope, true)
    case '&&':
      return logical(node.args, node.start, scope, false)
    case '!_':
      return not(compileNode(node.args, scope), node.start)
    case '-_':
      return minus(compileNode(node.args, scope), node.start)
    default:
      return binary(node, scope)
  }
}

const constant =
  (value: unknown): Program =>
  () =>
    value

const literal = (value: unknown, at: number): Program => {
  if (typeof value === 'bigint' && (value > INT_MAX || value < INT_MIN)) {
    throw new NotCompiled('the number leaves 64 bits', at)
  }
  // Bytes and unsigned numbers have no JSON.
  if (value !== null && typeof value === 'object') throw new NotCompiled('this kind of literal is not offered', at)
  return constant(value)
}

const variable = (name: string, at: number, scope: Scope): Program => {
  const depth = scope.bound.lastIndexOf(name)
  if (depth >= 0) return (run) => run.locals[depth]
  // Also what the library knows by itself, such as `google` or the names of types.
  if (!scope.variables.has(name))
    throw new NotCompiled(`unknown variable "${name}"${nearest(name, [...scope.variables, ...scope.bound])}`, at)
  return (run) => {
    const value = member(run.variables, name)
    if (value === undefined) throw failure(run, `"${name}" has no value here`, at)
    return value
  }
}

const access =
  (subject: Program, key: Program, at: number): Program =>
  (run) => {
    const held = subject(run)
    const wanted = key(run)
    if (Array.isArray(held)) {
      const found = typeof wanted === 'bigint' ? read(held[Number(wanted)]) : undefined
      if (found === undefined) throw failure(run, `no element ${shown(wanted)}`, at)
      return found
    }
    if (isMap(held)) {
      const found = typeof wanted === 'string' ? member(held, wanted) : undefined
      if (found === undefined) throw failure(run, `no member ${shown(wanted)}`, at)
      return found
    }
    throw failure(run, `${typeName(held)} has no members`, at)
  }

const shown = (key: unknown): string => (typeof key === 'string' ? JSON.stringify(key.slice(0, 40)) : String(key))

const list = (nodes: readonly ASTNode[], at: number, scope: Scope): Program => {
  const items = nodes.map((node) => compileNode(node, scope))
  return (run) =>
    madeList(
      run,
      items.map((item) => item(run)),
      at,
    )
}

const map = (nodes: readonly (readonly [ASTNode, ASTNode])[], at: number, scope: Scope): Program => {
  const entries = nodes.map(([key, value]) => [compileNode(key, scope), compileNode(value, scope)] as const)
  return (run) => {
    // Without a prototype, `__proto__` is a key like any other; `toJson` refuses it later.
    const made: Record<string, unknown> = Object.create(null)
    for (const [key, value] of entries) {
      const name = key(run)
      if (typeof name !== 'string') throw failure(run, 'a key must be a string', at)
      made[name] = value(run)
    }
    return made
  }
}

const choice = (nodes: readonly [ASTNode, ASTNode, ASTNode], at: number, scope: Scope): Program => {
  const condition = compileNode(nodes[0], scope)
  const then = compileNode(nodes[1], scope)
  const otherwise = compileNode(nodes[2], scope)
  return (run) => {
    const chosen = condition(run)
    if (typeof chosen !== 'boolean') throw failure(run, `a condition must be bool, not ${typeName(chosen)}`, at)
    return chosen ? then(run) : otherwise(run)
  }
}

/** `||` (decided by true) and `&&` (decided by false): a side that decides outweighs a failure of the other. */
const logical = (nodes: readonly [ASTNode, ASTNode], at: number, scope: Scope, decisive: boolean): Program => {
  const left = compileNode(nodes[0], scope)
  const right = compileNode(nodes[1], scope)
  const side = (program: Program, run: Run): boolean => {
    const value = program(run)
    if (typeof value !== 'boolean') throw failure(run, `a condition must be bool, not ${typeName(value)}`, at)
    return value
  }
  return (run) => {
    let failed: unknown
    try {
      if (side(left, run) === decisive) return decisive
    } catch (error) {
      if (error instanceof BudgetSpent) throw error
      failed = error
    }
    if (side(right, run) === decisive) return decisive
    if (failed !== undefined) throw failed
    return !decisive
  }
}

const not =
  (operand: Program, at: number): Program =>
  (run) => {
    const value = operand(run)
    if (typeof value !== 'boolean') throw failure(run, `!${typeName(value)} is not defined`, at)
    return !value
  }

const minus =
  (operand: Program, at: number): Program =>
  (run) => {
    const value = operand(run)
    if (typeof value === 'number') return -value
    if (typeof value !== 'bigint') throw failure(run, `-${typeName(value)} is not defined`, at)
    if (value === INT_MIN) throw failure(run, 'the number leaves 64 bits', at)
    return -value
  }

const binary = (node: ASTNode, scope: Scope): Program => {
  const operator = binaryOperators.get(node.op)
  if (!operator || !Array.isArray(node.args)) throw new NotCompiled(`"${node.op}" is not offered`, node.start)
  // Every operator that is in the table has two nodes as operands.
  const [leftNode, rightNode] = node.args as [ASTNode, ASTNode]
  const left = compileNode(leftNode, scope)
  const right = compileNode(rightNode, scope)
  return (run) => operator(run, left(run), right(run), node.start)
}
