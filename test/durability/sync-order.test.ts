/** No answer leaves before a sync of the log that began after its commit: as the kernel saw it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ensureApt } from '../support/apt.ts'
import { answersTooEarly, committedAt, isSync, readTrace } from './read-trace.ts'

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

  // The reading of the trace bites: without the syncs, or with syncs that ended too late or began too soon.
  const others = calls.filter((call) => !isSync(call))
  const shifted = (began: number, ended: number) =>
    calls.map((call) => (isSync(call) ? { ...call, began: call.began + began, ended: call.ended + ended } : call))
  for (const doctored of [others, shifted(0, 1e6), shifted(-1e6, 0)]) {
    assert.equal(answersTooEarly(doctored).length, 96)
  }
})

test('gives a lone writer its answer after a sync of its own', { skip }, () => {
  const calls = readTrace(traced(1, 10))
  assert.equal(answersIn(calls), 10)
  assert.deepEqual(answersTooEarly(calls), [])
  assert.ok(calls.filter((call) => call.name === 'fdatasync' && call.path.endsWith('-wal')).length >= 10)
})
