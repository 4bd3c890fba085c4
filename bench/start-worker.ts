/** Starts the process that makes load (worker.ts) and gives its tasks as functions. */
import { fork } from 'node:child_process'
import path from 'node:path'
import type { Tasks } from './worker.ts'

export type Worker = {
  readonly pid: number
  run<Name extends keyof Tasks>(task: Name, options: Parameters<Tasks[Name]>[0]): ReturnType<Tasks[Name]>
  stop(): void
}

export const startWorker = (): Worker => {
  // The pool of threads is as large as the server's: bare argon2 must not be held down by it.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '8' }
  const child = fork(path.join(import.meta.dirname, 'worker.ts'), { env })
  const run = (task: keyof Tasks, options: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const gone = (code: number | null) => reject(new Error(`the load ended with ${code}`))
      child.once('exit', gone)
      child.once('message', (answer: { value?: unknown; error?: string }) => {
        child.off('exit', gone)
        if (answer.error === undefined) resolve(answer.value)
        else reject(new Error(answer.error))
      })
      child.send({ task, options })
    })
  return {
    pid: child.pid ?? 0,
    // The worker calls the very function of that name, so its answer has that function's type.
    run: run as Worker['run'],
    stop: () => child.disconnect(),
  }
}
