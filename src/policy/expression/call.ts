/**
 * Calls of functions. `matches` and `in_network` are judged where they are written as far as they can be: a pattern is
 * always a literal, compiled once by a linear-time engine (M04), so that nobody can smuggle one in through an attribute.
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import type { RE2JS } from 're2js'
import { linearPattern } from '../../base/linear-pattern.ts'
import { parseNetwork } from '../../base/network.ts'
import { nearest } from '../../base/schema.ts'
import { failure, type Run, spend } from './budget.ts'
import { expressionFunctions } from './functions.ts'
import { type CallNode, type CompileNode, callName, NotCompiled, type Program, type Scope } from './scope.ts'
import { typeName } from './value.ts'

export const compileCall = (node: CallNode, scope: Scope, compile: CompileNode): Program => {
  const name = callName(node)
  const nodes = node.op === 'call' ? node.args[1] : [node.args[1], ...node.args[2]]
  if (name === '.matches/1') return matches(nodes, node.start, scope, compile)
  if (name === 'in_network/2') checkNetwork(nodes[1])
  const known = expressionFunctions.get(name)
  if (!known) throw new NotCompiled(`unknown function ${node.args[0]}()${suggestion(node.args[0])}`, node.start)
  const args = nodes.map((arg) => compile(arg, scope))
  return (run) =>
    known.call(
      run,
      args.map((arg) => arg(run)),
      node.start,
    )
}

const suggestion = (name: string): string => {
  const names = [...expressionFunctions.keys(), '.matches/1'].map((key) => key.replace(/^\./, '').replace(/\/\d$/, ''))
  return names.includes(name) ? ' of so many arguments' : nearest(name, names)
}

const checkNetwork = (node: ASTNode | undefined): void => {
  if (node?.op !== 'value' || typeof node.args !== 'string') return
  if (!parseNetwork(node.args)) throw new NotCompiled(`"${node.args}" is no network such as 10.0.0.0/8`, node.start)
}

// Letters of a pattern, and states of the machine it becomes (`x{1000}` is short and large).
const LONGEST_PATTERN = 512
const MOST_STATES = 1000
// Time grows with letters times states; five of those take about as long as a step.
const CHEAPNESS = 5

const matches = (nodes: readonly ASTNode[], at: number, scope: Scope, compile: CompileNode): Program => {
  const [subjectNode, patternNode] = nodes
  if (!subjectNode || patternNode?.op !== 'value' || typeof patternNode.args !== 'string') {
    throw new NotCompiled('the pattern of matches() must be written out', patternNode?.start ?? at)
  }
  const subject = compile(subjectNode, scope)
  const pattern = compilePattern(patternNode.args, patternNode.start)
  const states = pattern.programSize()
  return (run: Run) => {
    const text = subject(run)
    if (typeof text !== 'string') throw failure(run, `expected a string, not ${typeName(text)}`, at)
    spend(run, Math.ceil((text.length * states) / CHEAPNESS))
    return pattern.test(text)
  }
}

const compilePattern = (source: string, at: number): RE2JS => {
  if (source.length > LONGEST_PATTERN) throw new NotCompiled(`a pattern longer than ${LONGEST_PATTERN} letters`, at)
  const pattern = parsePattern(source, at)
  if (pattern.programSize() > MOST_STATES) throw new NotCompiled('the pattern is too large', at)
  return pattern
}

const parsePattern = (source: string, at: number): RE2JS => {
  try {
    return linearPattern(source)
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : 'not a pattern'
    throw new NotCompiled(`pattern: ${why}`, at)
  }
}
