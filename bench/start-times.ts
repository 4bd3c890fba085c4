/** Start: from spawning a process to the first 200 that it gives, ours and a bare server in turns. In milliseconds. */
import { type ChildProcess, spawn } from 'node:child_process'
import { request } from 'node:http'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '../test/support/gatehouse.ts'

type Environment = Readonly<Record<string, string>>
export type StartTimes = {
  readonly environment: Environment
  readonly url: string
  /** What Node is given before `serve`. */
  readonly program: readonly string[]
  readonly barePort: number
  readonly rounds: number
}

const GIVE_UP_AFTER = 30_000

const answers = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    request(url, { agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })

const ended = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })

const startOf = async (args: readonly string[], url: string, env: Environment): Promise<number> => {
  const began = performance.now()
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'ignore' })
  while (!(await answers(url))) {
    if (performance.now() - began > GIVE_UP_AFTER || child.exitCode !== null) throw new Error(`${url} never answered`)
    await pause(1)
  }
  const took = performance.now() - began
  await ended(child)
  return took
}

/** The data folder is that of a house that ran before: its database stands, and its compiled code is kept. */
export const startTimes = async ({ environment, url, program, barePort, rounds }: StartTimes) => {
  const bare = path.join(import.meta.dirname, 'bare-server.mjs')
  const pairs: { bare: number; ours: number }[] = []
  // The first of each fills the caches and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    const pair = {
      bare: await startOf([bare, 'ok', String(barePort)], `http://127.0.0.1:${barePort}/`, environment),
      ours: await startOf([...program, 'serve'], `${url}/-/health/live/`, environment),
    }
    if (round > 0) pairs.push(pair)
  }
  return pairs
}
