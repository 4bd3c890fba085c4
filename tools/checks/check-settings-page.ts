/** docs/reference/environment.md explains every setting that src/ops/config.ts reads, and none that it does not. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import type { Check } from './check.ts'

const PAGE = 'docs/reference/environment.md'
const SOURCE = 'src/ops/config.ts'

/** The strings of the constant `name`: an array's, or those inside an object's arrays. */
const stringsOf = (source: ts.SourceFile, name: string): string[] => {
  const found: string[] = []
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) found.push(node.text)
    ts.forEachChild(node, collect)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer) collect(node.initializer)
    else ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** What the page leaves out or makes up. */
export const settingsPageFaults = (page: string, source: string): string[] => {
  const tree = ts.createSourceFile(SOURCE, source, ts.ScriptTarget.Latest, true)
  const own = stringsOf(tree, 'OWN').map((name) => `GATEHOUSE_${name}`)
  const aliases = stringsOf(tree, 'ALIASES')
  if (own.length === 0) return [`${SOURCE} has no list OWN to compare ${PAGE} with`]
  const named = new Set([...page.matchAll(/`((?:GATEHOUSE|AUTHENTIK)_[A-Z0-9_]+)`/g)].map(([, name = '']) => name))
  return [
    ...[...own, ...aliases].filter((name) => !named.has(name)).map((name) => `${PAGE} does not explain ${name}`),
    ...[...named]
      .filter((name) => name.startsWith('GATEHOUSE_') && !own.includes(name.replace(/_FILE$/, '')))
      .map((name) => `${PAGE} explains ${name}, which nothing reads`),
  ]
}

export const checkSettingsPage: Check = {
  name: 'settings page',
  run: async (root) => {
    const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
    return settingsPageFaults(read(PAGE), read(SOURCE))
  },
}
