/**
 * Starts the real server as its own process, on free ports and a folder of its own, and stops it again. What the tests
 * see is what an administrator gets.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { connect } from 'node:tls'

export type Gatehouse = {
  readonly url: string
  readonly httpsUrl: string
  readonly metricsUrl: string
  readonly folder: string
  readonly configFile: string
  /** All that it printed so far. */
  output(): string
  /** Resolves once the output matches. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>
  writeConfig(yaml: string): void
  kill(signal: NodeJS.Signals): Promise<void>
  /** Resolves with the exit code once the process has ended; null where a signal ended it. */
  ended(): Promise<number | null>
  /** Of the process that runs now. */
  pid(): number
  /** Starts the same server again, on the same ports and data. */
  restart(): Promise<void>
  /** The https listener's certificate, as a file for clients to trust. */
  certificate(): Promise<string>
  readonly environment: Readonly<Record<string, string>>
}

export const root = path.resolve(import.meta.dirname, '../..')

// Below the ports that the system gives out by itself, and a slice for each process: a port that was found free is not
// taken by another test before the server has it.
const FIRST_PORT = 10_240
const SLICES = 700
const SLICE = 32
let ports = 0

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A port of this machine that nobody listens on, and that no other test will be given meanwhile. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < SLICE; tries += 1) {
    const port = FIRST_PORT + (process.pid % SLICES) * SLICE + (ports % SLICE)
    ports += 1
    if (await isFree(port)) return port
  }
  throw new Error('every port of this process is taken')
}

const STARTS_WITHIN = 60_000

/** `config` is the YAML that the server starts with; `{url}` in it stands for the server's own address. */
export const startGatehouse = async (
  context: Pick<TestContext, 'after'>,
  options: {
    config?: string
    environment?: Record<string, string>
    ports?: { http: number; https: number; metrics: number }
    folder?: string
    /** What Node is given before `serve`; the sources unless told otherwise. */
    program?: readonly string[]
  } = {},
): Promise<Gatehouse> => {
  const ports = options.ports ?? { http: await freePort(), https: await freePort(), metrics: await freePort() }
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'gatehouse-'))
  const url = `http://localhost:${ports.http}`
  const configFile = path.join(folder, 'gatehouse.yaml')
  const writeConfig = (yaml: string) => writeFileSync(configFile, yaml.replaceAll('{url}', url))
  if (options.config !== undefined) writeConfig(options.config)
  const environment: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GATEHOUSE_DATA_DIR: path.join(folder, 'data'),
    GATEHOUSE_PUBLIC_URL: url,
    GATEHOUSE_LISTEN__HTTP: `127.0.0.1:${ports.http}`,
    GATEHOUSE_LISTEN__HTTPS: `127.0.0.1:${ports.https}`,
    GATEHOUSE_LISTEN__METRICS: `127.0.0.1:${ports.metrics}`,
    NODE_COMPILE_CACHE: path.join(tmpdir(), 'gatehouse-test-compile-cache'),
    ...(options.config === undefined ? {} : { GATEHOUSE_CONFIG: configFile }),
    ...options.environment,
  }
  for (const [name, value] of Object.entries(environment)) if (value === '') delete environment[name]

  let child: ChildProcess | null = null
  let output = ''
  let listeners: (() => void)[] = []
  const printed = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`never printed ${pattern}:\n${output}`)), STARTS_WITHIN)
      const look = () => {
        const found = output.match(pattern)
        if (!found && (child === null || child.exitCode === null)) return
        clearTimeout(deadline)
        listeners = listeners.filter((listener) => listener !== look)
        if (found) resolve(found)
        else reject(new Error(`ended without printing ${pattern}:\n${output}`))
      }
      listeners.push(look)
      look()
    })
  const launch = async (): Promise<void> => {
    output = ''
    const started = spawn(process.execPath, [...(options.program ?? ['src/cli/main.ts']), 'serve'], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    const take = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      for (const listener of listeners) listener()
    }
    started.stdout?.on('data', take)
    started.stderr?.on('data', take)
    started.on('exit', () => {
      for (const listener of listeners) listener()
    })
    await printed(/ready/i)
  }
  const kill = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return resolve()
      running.on('exit', () => resolve())
      running.kill(signal)
    })
  const ended = (): Promise<number | null> =>
    new Promise((resolve) => {
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) resolve(running?.exitCode ?? null)
      else running.on('exit', (code) => resolve(code))
    })
  await launch()
  context.after(async () => {
    await kill('SIGTERM')
    if (!options.folder) rmSync(folder, { recursive: true, force: true })
  })
  return {
    url,
    httpsUrl: `https://localhost:${ports.https}`,
    metricsUrl: `http://127.0.0.1:${ports.metrics}`,
    folder,
    configFile,
    output: () => output,
    printed,
    writeConfig,
    kill,
    ended,
    pid: () => child?.pid ?? 0,
    restart: launch,
    environment,
    certificate: async () => {
      const file = path.join(folder, 'certificate.pem')
      writeFileSync(file, await peerCertificate(ports.https), { mode: 0o644 })
      return file
    },
  }
}

const peerCertificate = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false }, () => {
      const { raw } = socket.getPeerCertificate()
      socket.end()
      resolve(
        `-----BEGIN CERTIFICATE-----\n${raw.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
      )
    })
    socket.on('error', reject)
  })
