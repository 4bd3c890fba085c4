/** What the parts of the compiler share: a compiled node, what names mean around it, and why a node is refused. */
import type { ASTNode } from '@marcbachmann/cel-js'
import type { Run } from './budget.ts'

export type Program = (run: Run) => unknown

/** Declared variables, and those that comprehensions around a node bind, outermost first. */
export type Scope = { readonly variables: ReadonlySet<string>; readonly bound: readonly string[] }

export type CompileNode = (node: ASTNode, scope: Scope) => Program

export type CallNode = Extract<ASTNode, { op: 'call' | 'rcall' }>

/** How a call is found in our tables: `size/1`, `.startsWith/1`; a receiver is not counted. */
export const callName = (node: CallNode): string =>
  node.op === 'call' ? `${node.args[0]}/${node.args[1].length}` : `.${node.args[0]}/${node.args[2].length}`

const macros = new Set(['has/1', '.all/2', '.exists/2', '.exists_one/2', '.filter/2', '.map/2', '.map/3'])

export const isMacro = (node: CallNode): boolean => macros.has(callName(node))

/** Why a tree is not run: found before it runs, so that whoever writes the expression is told. */
export class NotCompiled extends Error {
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
