/**
 * Who may import whom: dependency-cruiser over `src`, by the rules of `.dependency-cruiser.cjs`. It passes as gladly
 * over nothing (a compiler it cannot use hides every module from it), so every file must be among those it read.
 */
import { globSync } from 'node:fs'
import path from 'node:path'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import type { Check } from './check.ts'

// Fewer than what stood when this was written: the source tree was moved, and the glob sees nothing either.
const FLOOR = 200

export type BorderOptions = {
  /** Where `.dependency-cruiser.cjs` and `tsconfig.json` lie. */
  readonly rulesIn: string
  readonly floor: number
}

/** One line for each import over a border, and for each file that was not read. */
export const bordersCrossed = async (root: string, { rulesIn, floor }: BorderOptions): Promise<string[]> => {
  const { outputType: _, ...options } = await extractDepcruiseOptions(path.join(rulesIn, '.dependency-cruiser.cjs'))
  const tsConfig = extractTSConfig(path.join(rulesIn, 'tsconfig.json'))
  const { output } = await cruise(['src'], { ...options, baseDir: root }, undefined, {
    tsConfig,
  })
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output.slice(0, 200)}`)
  return [...unread(root, output, floor), ...output.summary.violations.map(lineOf)]
}

const unread = (root: string, result: ICruiseResult, floor: number): string[] => {
  const read = new Set(result.modules.map((module) => module.source))
  const files = globSync('src/**/*.ts', { cwd: root })
  const missed = files.filter((file) => !read.has(file) && !file.endsWith('.d.ts'))
  return [
    ...(files.length < floor ? [`only ${files.length} files in src, fewer than the floor of ${floor}`] : []),
    ...missed.map((file) => `${file} was not read`),
  ]
}

const lineOf = ({ rule, from, to, cycle }: ICruiseResult['summary']['violations'][number]): string =>
  `${rule.name}: ${from} → ${cycle?.map((step) => step.name).join(' → ') ?? to}`

export const checkBorders: Check = {
  name: 'borders',
  run: (root) => bordersCrossed(root, { rulesIn: root, floor: FLOOR }),
}
