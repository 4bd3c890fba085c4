/** Turns this process into another program; signals and the exit code are that program's. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * @param {string} program an absolute path
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} environment
 */
export const become = (program, args, environment) => {
  // The same process goes on as the program: no parent stays in memory, and signals need no passing on.
  if (process.execve) process.execve(program, [program, ...args], defined(environment))
  else stayBeside(program, args, environment)
}

/**
 * Before Node 22.15 a process cannot replace itself: the parent stays and passes on.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} environment
 */
const stayBeside = (program, args, environment) => {
  const child = spawn(program, args, { env: environment, stdio: 'inherit' })
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well; twice would read as "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}

/**
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Record<string, string>}
 */
const defined = (environment) =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
