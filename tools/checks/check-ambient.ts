/**
 * What code may not reach for by itself: settings, the network, the clock and chance come in as arguments or through
 * one room. Imports are held by the borders; these are globals, so the syntax tree is read.
 */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import type { Check } from './check.ts'

type Rule = {
  readonly what: string
  readonly instead: string
  /** Files below these begin under the rule … */
  readonly within: RegExp
  /** … except these. */
  readonly except?: RegExp
  matches(node: ts.Node): boolean
}

const isName = (node: ts.Node | undefined, ...names: string[]): boolean =>
  node !== undefined && ts.isIdentifier(node) && names.includes(node.text)

/** `object.member` and `object['member']`. */
const isMember = (node: ts.Node, object: string, ...members: string[]): boolean =>
  (ts.isPropertyAccessExpression(node) && isName(node.expression, object) && members.includes(node.name.text)) ||
  (ts.isElementAccessExpression(node) &&
    isName(node.expression, object) &&
    ts.isStringLiteralLike(node.argumentExpression) &&
    members.includes(node.argumentExpression.text))

/** The value itself, not `x.name`, `{ name: … }`, a type, or a name that is being declared. */
const isValue = (node: ts.Node, ...names: string[]): boolean => {
  if (!isName(node, ...names)) return false
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) {
    return ts.isPropertyAssignment(parent) && parent.initializer === node
  }
  return !(
    ts.isTypeNode(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isQualifiedName(parent) ||
    declares(parent, node)
  )
}

const declares = (parent: ts.Node, node: ts.Node): boolean =>
  (ts.isVariableDeclaration(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) && parent.name === node

/** `process` as a whole, from which `env` can be taken unseen: `const { env } = process`. */
const isWholeProcess = (node: ts.Node): boolean =>
  isValue(node, 'process') && !ts.isPropertyAccessExpression(node.parent) && !ts.isElementAccessExpression(node.parent)

const PURE = /^src\/(protocol|domain|policy|events|flow|kinds|resources|pages)\//

const RULES: readonly Rule[] = [
  {
    what: 'the environment',
    instead: 'src/ops/config.ts reads it, once',
    within: /^src\//,
    except: /^src\/(ops\/config\.ts$|cli\/)/,
    matches: (node) => isMember(node, 'process', 'env') || isWholeProcess(node),
  },
  {
    what: 'a request that leaves',
    instead: 'src/outgoing judges every address',
    within: /^src\//,
    except: /^src\/outgoing\//,
    matches: (node) => isValue(node, 'fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'),
  },
  {
    what: 'globalThis',
    instead: 'name what is meant',
    within: /^src\//,
    matches: (node) => isValue(node, 'globalThis', 'global'),
  },
  {
    what: 'the clock',
    instead: 'time comes in as an argument',
    within: PURE,
    matches: (node) =>
      isMember(node, 'Date', 'now') ||
      isMember(node, 'performance', 'now') ||
      (ts.isNewExpression(node) && isName(node.expression, 'Date') && !node.arguments?.length) ||
      isValue(node, 'setTimeout', 'setInterval', 'setImmediate', 'systemClock'),
  },
  {
    what: 'chance',
    instead: 'randomness comes in as an argument',
    within: PURE,
    matches: (node) =>
      isMember(node, 'Math', 'random') ||
      isValue(node, 'randomBytes', 'randomUUID', 'randomInt', 'systemRandom') ||
      isMember(node, 'crypto', 'randomBytes', 'randomUUID', 'randomInt', 'getRandomValues'),
  },
]

/** Variables and parameters of the file's own: one named like a global is not the global. */
const namesDeclared = (source: ts.SourceFile): ReadonlySet<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && declares(node.parent, node)) names.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

/** What one source file reaches for, a line each. */
export const ambientUses = (file: string, text: string): string[] => {
  const rules = RULES.filter((rule) => rule.within.test(file) && !rule.except?.test(file))
  if (rules.length === 0) return []
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const own = namesDeclared(source)
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    for (const { what, instead, matches } of rules) {
      if (!matches(node) || own.has(node.getText())) continue
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      found.push(`${file}:${line + 1} reaches for ${what}: ${instead}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

export const checkAmbient: Check = {
  name: 'ambient',
  run: async (root) =>
    globSync('src/**/*.ts', { cwd: root })
      .filter((file) => !file.endsWith('.test.ts'))
      .sort()
      .flatMap((file) => ambientUses(file, readFileSync(path.join(root, file), 'utf8'))),
}
