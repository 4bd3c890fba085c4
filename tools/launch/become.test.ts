import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'

const become = path.join(import.meta.dirname, 'become.mjs')
const CHILD =
  "process.on('SIGTERM', () => process.exit(7)); console.log(process.pid, process.env.GIVEN); setInterval(() => {}, 1e6)"

/** Starts a process that becomes CHILD; tells what CHILD printed, and the exit code after SIGTERM. */
const run = async (before: string) => {
  const script = `${before}; const { become } = await import(${JSON.stringify(become)}); become(process.execPath, ['-e', ${JSON.stringify(CHILD)}], { ...process.env, GIVEN: 'yes', LEFT_OUT: undefined })`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [printed] = await once(parent.stdout, 'data')
  const [pid, given] = String(printed).trim().split(' ')
  parent.kill('SIGTERM')
  const [code] = await once(parent, 'exit')
  return { same: Number(pid) === parent.pid, given, code }
}

test('goes on as the other program, in the same process, with its environment and its exit code', async () => {
  assert.deepEqual(await run(''), { same: true, given: 'yes', code: 7 })
})

test('stays beside it where a process cannot replace itself, and passes signals and the exit code on', async () => {
  assert.deepEqual(await run('process.execve = undefined'), { same: false, given: 'yes', code: 7 })
})
