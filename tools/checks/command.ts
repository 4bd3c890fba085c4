/** A check that another program makes: it holds when the program ends with 0. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import type { Check } from './check.ts'

/** `script` is the program's JavaScript below node_modules, run by this same Node: no shell and no PATH in between. */
export const command = (name: string, script: string, args: readonly string[]): Check => ({
  name,
  run: (root) =>
    new Promise((resolve) => {
      const file = path.join(root, 'node_modules', script)
      execFile(process.execPath, [file, ...args], { cwd: root, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
        resolve(error ? [`${stdout}${stderr}`.trim() || String(error)] : []),
      )
    }),
})
