/**
 * The variables a tree reads, in dots (`request.ip`, `user.attributes.department`): a decision is cached by their values,
 * so what cannot be told exactly is told more broadly (`user.attributes[request.ip]` reads `user.attributes`).
 */
import type { ASTNode } from '@marcbachmann/cel-js'
import { isMacro } from './scope.ts'

export const readsOf = (tree: ASTNode): readonly string[] => {
  const found = new Set<string>()
  visit(tree, [], found)
  return [...found].sort()
}

const visit = (node: ASTNode, bound: readonly string[], found: Set<string>): void => {
  const path = pathOf(node)
  if (path) {
    const [root = ''] = path
    if (!bound.includes(root)) found.add(path.join('.'))
    return
  }
  if (node.op === 'rcall' && isMacro(node)) {
    const [, range, [name, ...bodies]] = node.args
    visit(range, bound, found)
    // What a macro binds is no variable of ours, even where it has the name of one.
    const inner = name?.op === 'id' ? [...bound, name.args] : bound
    for (const body of bodies) visit(body, inner, found)
    return
  }
  for (const child of childrenOf(node)) visit(child, bound, found)
}

/** `user.attributes['x'].y` as steps from its variable; null where a step is computed or it begins elsewhere. */
const pathOf = (node: ASTNode): string[] | null => {
  if (node.op === 'id') return [node.args]
  if (node.op === '.') {
    const before = pathOf(node.args[0])
    return before && [...before, node.args[1]]
  }
  if (node.op === '[]' && node.args[1].op === 'value' && typeof node.args[1].args === 'string') {
    const before = pathOf(node.args[0])
    return before && [...before, node.args[1].args]
  }
  return null
}

const childrenOf = (node: ASTNode): readonly ASTNode[] => {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}
