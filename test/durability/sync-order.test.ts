/** No answer leaves before a sync of the log that began after its commit: as the kernel saw it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ensureApt } from '../support/apt.ts'
import { answersTooEarly, committedAt, readTrace } from './read-trace.ts'

const ANSWERER = fileURLToPath(new URL('./answerer.ts', import.meta.url))

const skip = ensureApt(['strace']) ? false : 'strace is not installed and cannot be'

const traced = (workers: number, each: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'gh-trace-'))
  const trace = join(folder, 'trace')
  const calls = 'trace=pwrite64,write,writev,pwritev,fsync,fdatasync'
  const watching = ['-f', '-y', '-xx', '-s', '70000', '-e', calls, '-e', 'signal=none', '-o', trace]
  const watched = [process.execPath, ANSWERER, join(folder, 'gatehouse.db'), String(workers), String(each)]
  const run = spawnSync('strace', [...watching, ...watched], { encoding: 'utf8', maxBuffer: 1 << 28 })
  assert.equal(run.status, 0, run.stderr)
  const text = readFileSync(trace, 'utf8')
  rmSync(folder, { recursive: true })
  return text
}

const answersIn = (calls: ReturnType<typeof readTrace>): number =>
  calls.filter((call) => call.name === 'write' && /marker-/.test(call.data.toString('latin1'))).length

test('gives no answer before a sync of the log that began after its commit', { skip }, () => {
  const trace = traced(12, 8)
  const calls = readTrace(trace)
  assert.equal(answersIn(calls), 96)
  assert.equal(committedAt(calls).size, 96)
  assert.deepEqual(answersTooEarly(calls), [])
  const syncs = calls.filter((call) => call.name === 'fdatasync' && call.path.endsWith('-wal')).length
  assert.ok(syncs < 80, `${syncs} syncs for 96 writes: they are not shared`)

  // The reading of the trace bites: without the syncs, or with answers moved before them, it finds the answers early.
  const without = calls.filter((call) => call.name !== 'fdatasync')
  assert.ok(answersTooEarly(without).length > 90)
  const moved = calls.map((call) => (call.name === 'fdatasync' ? { ...call, ended: call.ended + 1e6 } : call))
  assert.ok(answersTooEarly(moved).length > 90)
  const sooner = calls.map((call) => (call.name === 'fdatasync' ? { ...call, began: call.began - 1e6 } : call))
  assert.ok(answersTooEarly(sooner).length > 90)
})

test('gives a lone writer its answer after a sync of its own', { skip }, () => {
  const calls = readTrace(traced(1, 10))
  assert.equal(answersIn(calls), 10)
  assert.deepEqual(answersTooEarly(calls), [])
  assert.ok(calls.filter((call) => call.name === 'fdatasync' && call.path.endsWith('-wal')).length >= 10)
})
