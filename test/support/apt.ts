/**
 * Debian packages that a test runs against: real clients, proxies and tools. One place installs them, so that a fresh
 * machine needs nothing but `npm test`. Where that cannot be (no Debian, no root), the suite is skipped by name; in CI
 * a miss is a failure, for a suite that silently never runs proves nothing.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'

const isThere = (name: string): boolean =>
  /^Status: .* installed$/m.test(spawnSync('dpkg-query', ['-s', name], { encoding: 'utf8' }).stdout ?? '')

/** Runs as root, or not at all. Two test files may ask at once, hence the lock. */
const asRoot = (...command: string[]): void => {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const [program = '', ...args] = [...sudo, 'flock', path.join(tmpdir(), 'gatehouse-apt.lock'), ...command]
  execFileSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 15 * 60_000,
  })
}

const INSTALL = ['apt-get', 'install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']

const install = (names: readonly string[]): void => {
  try {
    asRoot(...INSTALL, ...names)
  } catch {
    // The lists are old or were never fetched.
    asRoot('apt-get', 'update')
    asRoot(...INSTALL, ...names)
  }
}

/** Whether these Debian packages are installed now; installs what is missing first. In CI it throws instead of false. */
export const ensureApt = (names: readonly string[]): boolean => {
  const missing = names.filter((name) => !isThere(name))
  if (missing.length === 0) return true
  try {
    install(missing)
    return true
  } catch (error) {
    if (process.env.CI) throw new Error(`cannot install ${missing.join(', ')}`, { cause: error })
    return false
  }
}
