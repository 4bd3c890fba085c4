/**
 * Programs from PyPI and npm that a test runs against, installed once into a folder of their own beside the temporary
 * files and kept there for the next run. What is pinned is what runs. Null where it cannot be had; in CI that throws,
 * for a suite that silently never runs proves nothing.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export type Client = {
  /** Where programs of PyPI and of npm lie. */
  readonly bin: string
  readonly npmBin: string
}

const MINUTES = 10 * 60_000

const run = (folder: string, program: string, ...args: string[]): void => {
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], timeout: MINUTES })
}

/** `requirements` is a file with exact versions; `packages` are of npm, each `name@version`. */
export const installClient = (
  name: string,
  wanted: { readonly requirements: string; readonly packages: readonly string[] },
): Client | null => {
  const text = readFileSync(wanted.requirements, 'utf8')
  const sum = createHash('sha256')
    .update(JSON.stringify([text, wanted.packages]))
    .digest('hex')
    .slice(0, 12)
  const folder = path.join(tmpdir(), 'gatehouse-interop', `${name}-${sum}`)
  const client = { bin: path.join(folder, 'python', 'bin'), npmBin: path.join(folder, 'node_modules', '.bin') }
  // Written last: an install that was broken off is begun again.
  const stamp = path.join(folder, 'installed')
  if (existsSync(stamp)) return client
  try {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
    run(folder, 'python3', '-m', 'venv', 'python')
    run(folder, path.join(client.bin, 'pip'), 'install', '--quiet', '--no-deps', '--requirement', wanted.requirements)
    run(folder, 'npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...wanted.packages)
    writeFileSync(stamp, '')
    return client
  } catch (error) {
    if (process.env.CI) throw new Error(`cannot install ${name}`, { cause: error })
    return null
  }
}
