/** The process that makes load and finds limits, beside the server and never in it: does one task a message. */
import { argon2Limit } from './argon2-limit.ts'
import { commits } from './commits.ts'
import { load } from './load.ts'
import { sameTime } from './same-time.ts'
import { codeSignIns, signIns } from './sign-ins.ts'
import { signingLimit } from './signing-limit.ts'

export const tasks = { argon2Limit, codeSignIns, commits, load, sameTime, signIns, signingLimit }
export type Tasks = typeof tasks

process.on('message', async ({ task, options }: { task: keyof Tasks; options: never }) => {
  try {
    process.send?.({ value: await tasks[task](options) })
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.message : String(error) })
  }
})
