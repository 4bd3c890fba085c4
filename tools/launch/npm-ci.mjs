/**
 * Decides whether what `package-lock.json` asks for is installed, and installs it when not. npm's own record of what
 * it put down (`node_modules/.package-lock.json`, written last) is the stamp: a broken-off install leaves none.
 * No dependencies, and nothing newer than Node 18: this runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} LockEntry */
/** @typedef {Record<string, LockEntry>} LockEntries */

/**
 * @param {string} file
 * @returns {LockEntries | null}
 */
const lockEntries = (file) => {
  if (!existsSync(file)) return null
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/**
 * What must be there: optional packages are for other platforms as often as for this one, so their absence says
 * nothing; a wrong version of one that is there does.
 *
 * @param {LockEntries} wanted
 * @param {LockEntries} installed
 * @param {'run' | 'develop'} purpose
 */
const covers = (wanted, installed, purpose) => {
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || (purpose === 'run' && (entry.dev || entry.devOptional))) continue
    const found = installed[place]
    if (!found && (entry.optional || entry.devOptional)) continue
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return false
  }
  return true
}

/**
 * @param {string} root the folder of package.json
 * @param {'run' | 'develop'} purpose `develop` wants the tools of the tests too
 */
export const isInstalled = (root, purpose) => {
  const wanted = lockEntries(path.join(root, 'package-lock.json'))
  const installed = lockEntries(path.join(root, 'node_modules', '.package-lock.json'))
  return wanted !== null && installed !== null && covers(wanted, installed, purpose)
}

/** @param {string} root */
const hasDevelopmentPackages = (root) =>
  Object.values(lockEntries(path.join(root, 'node_modules', '.package-lock.json')) ?? {}).some((entry) => entry.dev)

/**
 * Brings `node_modules` to what the lock file says, and tells whether it stands.
 *
 * @param {string} root
 * @param {'run' | 'develop'} purpose
 */
export const npmCi = (root, purpose) => {
  // A developer's checkout keeps its tools when only the server is started.
  const whole = purpose === 'develop' || hasDevelopmentPackages(root)
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(whole ? [] : ['--omit=dev'])]
  const npm = process.env.npm_execpath
  const [command, leading] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const done = spawnSync(command, [...leading, ...options], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  return done.status === 0
}
