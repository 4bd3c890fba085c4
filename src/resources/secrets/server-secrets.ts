/**
 * Environment variables and files that a configuration on the server may name. Files only below the folder of the
 * configuration and `/run/secrets`, by where they really lie: neither `../` nor a link leads out (I12).
 */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { err, ok, type Result } from '../../base/result.ts'
import type { SecretSources } from './settle-secrets.ts'

export type ServerFiles = {
  /** Where relative names begin, and below which files may be read. */
  readonly folder: string
  /** Other folders that may be read. */
  readonly roots?: readonly string[]
  /** Files of the house's own, such as its secret key, wherever they lie. */
  readonly never?: readonly string[]
}

export const serverSecrets = (
  environment: Readonly<Record<string, string | undefined>>,
  { folder, roots = ['/run/secrets'], never = [] }: ServerFiles,
): SecretSources => {
  // A configuration that lies at the root of everything opens nothing by that.
  const open = [folder, ...roots].filter((root) => path.resolve(root) !== path.parse(path.resolve(root)).root)
  return { env: (name) => environment[name], file: (name) => readBelow(open, never, path.resolve(folder, name)) }
}

const LARGEST = 65_536

const readBelow = (roots: readonly string[], never: readonly string[], file: string): Result<string, string> => {
  try {
    const real = realpathSync(file)
    if (!roots.some((root) => isBelow(root, real))) {
      return err(`the file ${file} lies outside of ${roots.join(' and ')}`)
    }
    if (never.some((own) => realOrNull(own) === real)) return err(`${file} is the server’s own and serves nothing else`)
    const found = statSync(real)
    if (!found.isFile()) return err(`${file} is not a file`)
    if (found.size > LARGEST) return err(`the file ${file} is larger than ${LARGEST} bytes`)
    return ok(readFileSync(real, 'utf8').replace(/\r?\n$/, ''))
  } catch (error) {
    return err(`the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

const isBelow = (root: string, real: string): boolean => {
  const base = realOrNull(root)
  return base !== null && real.startsWith(base.endsWith(path.sep) ? base : base + path.sep)
}

const realOrNull = (place: string): string | null => {
  try {
    return realpathSync(place)
  } catch {
    return null
  }
}
