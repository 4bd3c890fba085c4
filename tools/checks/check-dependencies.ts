/**
 * docs/dependencies.md names each direct dependency with what it is for and its licence, and nothing that is gone; and
 * everything a server installs, however deep, is under a licence that asks nothing of who runs it.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Check } from './check.ts'

const PAGE = 'docs/dependencies.md'
const FREE = new Set([
  'MIT',
  // MIT without the duty to name it.
  'MIT-0',
  '(MIT OR Apache-2.0)',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'Python-2.0',
])

type LockEntry = { readonly dev?: boolean; readonly license?: string }
type Manifest = Readonly<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string> | undefined>
>

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

/** The rows of the page: name and the row's other cells. */
const rowsOf = (markdown: string): Map<string, string[]> =>
  new Map(
    [...markdown.matchAll(/^\|\s*`([^`|]+)`\s*\|(.+)\|\s*$/gm)].map(([, name = '', rest = '']) => [
      name,
      rest.split('|').map((cell) => cell.trim()),
    ]),
  )

/** What is wrong between the page, the manifest and the lock file. */
export const dependencyFaults = (
  page: string,
  manifest: Manifest,
  lock: Readonly<Record<string, LockEntry>>,
): string[] => {
  const rows = rowsOf(page)
  const direct = [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies].flatMap((some) =>
    Object.keys(some ?? {}),
  )
  return [
    ...direct.filter((name) => !rows.has(name)).map((name) => `${PAGE} does not name ${name}`),
    ...[...rows.keys()].filter((name) => !direct.includes(name)).map((name) => `${PAGE} names ${name}, which is gone`),
    ...[...rows]
      .filter(([, cells]) => cells.some((cell) => cell === ''))
      .map(([name]) => `${PAGE} leaves a cell of ${name} empty`),
    ...direct
      .filter((name) => rows.has(name) && !rows.get(name)?.includes(lock[`node_modules/${name}`]?.license ?? ''))
      .map((name) => `${PAGE} gives ${name} another licence than ${lock[`node_modules/${name}`]?.license}`),
    ...Object.entries(lock)
      .filter(([place, entry]) => place !== '' && !entry.dev && !FREE.has(entry.license ?? ''))
      .map(([place, entry]) => `${place} is under ${entry.license ?? 'no licence'}`),
  ]
}

export const checkDependencies: Check = {
  name: 'dependencies',
  run: async (root) => {
    // Casts: npm writes both files, and a shape other than this one fails here loudly.
    const manifest = readJson(path.join(root, 'package.json')) as Manifest
    const lock = readJson(path.join(root, 'package-lock.json')) as { packages: Record<string, LockEntry> }
    return dependencyFaults(readFileSync(path.join(root, PAGE), 'utf8'), manifest, lock.packages)
  },
}
