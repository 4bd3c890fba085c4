/** Starts a house of several workers, on either database, and tells its processes apart. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { postgresDatabase } from '../support/stores.ts'

const ENGINES = ['sqlite', 'postgres'] as const
export type WorkersOn = (typeof ENGINES)[number]

export type Workers = {
  readonly gatehouse: Gatehouse
  /** Of the bootstrap token. */
  readonly headers: Readonly<Record<string, string>>
  /** The process ids of the workers that run now. */
  pids(): number[]
  /**
   * Asks each worker in turn: the others stand still meanwhile, so that it alone takes the connection. `ask` must open
   * one of its own.
   */
  eachWorker<T>(ask: () => Promise<T>): Promise<T[]>
  /** How many of the timed requests each worker has answered since it started. */
  counts(): Promise<number[]>
  /** The value of each series whose name begins so. */
  metrics(beginning: string): Promise<Record<string, number>>
  /** Resolves once so many workers serve. */
  ready(count: number): Promise<void>
}

export const SIZE = 2

/** Runs a test on both databases. */
export const forBothDatabases = (title: string, body: (context: TestContext, on: WorkersOn) => Promise<void>): void => {
  for (const on of ENGINES) test(`${title} [${on}]`, (context) => body(context, on))
}

export const startWorkers = async (
  context: Pick<TestContext, 'after'>,
  on: WorkersOn,
  options: { config?: string; environment?: Record<string, string>; program?: readonly string[] } = {},
): Promise<Workers> => {
  const database = on === 'postgres' ? await postgresDatabase() : null
  // Dropped after the server has stopped: what is registered last is done first.
  if (database) context.after(() => database.drop())
  const token = randomBytes(24).toString('hex')
  const gatehouse = await startGatehouse(context, {
    ...options,
    environment: {
      GATEHOUSE_WORKERS: String(SIZE),
      GATEHOUSE_BOOTSTRAP_TOKEN: token,
      ...(database ? { GATEHOUSE_DATABASE_URL: database.url } : {}),
      ...options.environment,
    },
  })
  const metrics = async (beginning: string): Promise<Record<string, number>> => {
    const text = await (await fetch(`${gatehouse.metricsUrl}/metrics`)).text()
    const lines = text.split('\n').filter((line) => line.startsWith(beginning))
    return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]))
  }
  const pids = (): number[] => childrenOf(gatehouse.pid())
  const workers: Workers = {
    gatehouse,
    counts: async () => Object.values(await metrics('gatehouse_worker_requests_total')),
    eachWorker: async (ask) => {
      const answers: Awaited<ReturnType<typeof ask>>[] = []
      for (const pid of pids()) {
        const others = pids().filter((other) => other !== pid)
        for (const other of others) process.kill(other, 'SIGSTOP')
        try {
          answers.push(await ask())
        } finally {
          for (const other of others) process.kill(other, 'SIGCONT')
        }
      }
      return answers
    },
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    pids,
    metrics,
    ready: (count) =>
      until(`${count} workers serve`, async () => {
        return (await metrics('gatehouse_workers'))['gatehouse_workers{state="ready"}'] === count
      }),
  }
  await workers.ready(SIZE)
  return workers
}

export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number).filter(runs)

/** Whether a process of that id runs; one that ended and was not looked at yet does not. */
export const runs = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const PATIENCE = 30_000

export const until = async (what: string, look: () => Promise<boolean> | boolean): Promise<void> => {
  const began = performance.now()
  while (!(await look())) {
    assert.ok(performance.now() - began < PATIENCE, `in vain: ${what}`)
    await pause(25)
  }
}

export type Answer = { readonly status: number; readonly text: string }

/** Asks over a connection of its own. */
export const askAnew = (url: string, options: RequestOptions = {}, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const take = (answer: IncomingMessage): void => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text })).on('error', reject)
    }
    request(url, { agent: new Agent({ keepAlive: false }), ...options }, take)
      .on('error', reject)
      .end(body)
  })
