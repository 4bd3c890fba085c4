/** Starts a bare server that prints `ready <port>`, as a process of its own. */
import { spawn } from 'node:child_process'
import path from 'node:path'

export type Bare = { readonly pid: number; readonly url: string; stop(): void }

export const startBare = (file: string, args: readonly string[], environment: Record<string, string> = {}) =>
  new Promise<Bare>((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, file), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    })
    child.once('exit', (code) => reject(new Error(`the bare server ended with ${code}`)))
    child.stdout.once('data', (chunk: Buffer) => {
      const url = `http://127.0.0.1:${String(chunk).trim().split(' ')[1]}`
      resolve({ url, pid: child.pid ?? 0, stop: () => child.kill() })
    })
  })
