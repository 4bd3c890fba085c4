/** `gatehouse …` beside a running server, and the API as whoever a token of the command line is for. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import { type Gatehouse, root } from './gatehouse.ts'

/** Runs one without standing in the way of what else goes on in the test; `out` is all that it printed. */
export const command = (gatehouse: Gatehouse, ...args: string[]): Promise<{ code: number; out: string }> =>
  new Promise((resolve) => {
    const main = path.join(root, 'src/cli/main.ts')
    execFile(process.execPath, [main, ...args], { env: gatehouse.environment, cwd: root }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, out: `${stdout}${stderr}` }),
    )
  })

export const apiAs = async (gatehouse: Gatehouse, user: string) => {
  const token = (await command(gatehouse, 'token', user)).out.trim()
  return async (method: string, at: string, body?: object) => {
    const answer = await fetch(`${gatehouse.url}/api/v1${at}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the test asserts
    return { status: answer.status, body: (answer.status === 204 ? null : await answer.json()) as any }
  }
}
